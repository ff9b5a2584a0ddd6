using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>The channels of a plan by the stages at their ends, in order of their numbers, so that a task finds its own without a look at all of them.</summary>
internal sealed class ChannelEnds(ExecutionPlan plan)
{
    private readonly ILookup<(StageId, ChannelKind), ChannelDecl> _from = plan.Channels.ToLookup(c => (c.From, c.Kind));
    private readonly ILookup<(StageId, ChannelKind), ChannelDecl> _to = plan.Channels.ToLookup(c => (c.To, c.Kind));

    /// <summary>Those that the stage sends to.</summary>
    public IEnumerable<ChannelDecl> OutOf(StageId stage, ChannelKind kind) => _from[(stage, kind)];

    /// <summary>Those that the stage receives from.</summary>
    public IEnumerable<ChannelDecl> Into(StageId stage, ChannelKind kind) => _to[(stage, kind)];
}
