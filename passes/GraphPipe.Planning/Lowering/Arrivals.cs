using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>The messages of each channel in the order in which they are sent, as far as they have not been received.</summary>
internal sealed class Arrivals
{
    private readonly Dictionary<ChannelId, Queue<SampleRange>> _sent = [];
    private readonly HashSet<(ChannelId Channel, long Start)> _received = [];

    /// <param name="tasks">The work of each device.</param>
    public Arrivals(ExecutionPlan plan, IReadOnlyList<List<ScheduleTask>> tasks)
    {
        var work = tasks.SelectMany(d => d).Where(t => t.IsCompute && t.Kind != TaskKind.BackwardWeight).ToLookup(t => (t.Stage, t.IsForward));
        foreach (var channel in plan.Channels.Where(c => !c.IsPerStep))
        {
            var (from, to) = (plan[channel.From].Samples, plan[channel.To].Samples);
            _sent.Add(channel.Id, new(work[(channel.From, channel.Kind == ChannelKind.Activation)].SelectMany(t => to.Within(from.RangeOf(t.MicroBatch)))));
        }
    }

    /// <summary>What must be received until a message is there: itself last, nothing if it came before.</summary>
    public IEnumerable<SampleRange> Until(ChannelDecl channel, SampleRange message)
    {
        while (!_received.Remove((channel.Id, message.Start)))
        {
            // A message that is never sent is received all the same: the proof tells of it.
            var next = _sent[channel.Id].TryDequeue(out var first) ? first : message;
            _received.Add((channel.Id, next.Start));
            yield return next;
        }
    }
}
