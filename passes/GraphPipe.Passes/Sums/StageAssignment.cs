using System.Collections.Frozen;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>The stage of every forward op; ops of the backward and the update follow the forward op they belong to.</summary>
public sealed class StageAssignment(IReadOnlyDictionary<OpId, StageId> forward)
{
    private readonly FrozenDictionary<OpId, StageId> _forward = forward.ToFrozenDictionary();

    /// <summary>Everything on one stage.</summary>
    public static StageAssignment Single(Module module) =>
        new(module.Graph.Ops.Where(op => op.Origin.IsNone).ToDictionary(op => op.Id, _ => new StageId(0)));

    /// <exception cref="KeyNotFoundException">The op is neither a forward op of the plan nor belongs to one.</exception>
    public StageId Of(Op op) => _forward[op.Origin.IsNone ? op.Id : op.Origin];

    public StageId OfForward(OpId id) => _forward[id];
}
