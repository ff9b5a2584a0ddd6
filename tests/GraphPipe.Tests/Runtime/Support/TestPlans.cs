using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Tests.Runtime;

/// <summary>A compute action of a schedule.</summary>
internal readonly record struct Work(ActionKind Kind, int Stage, int MicroBatch);

/// <summary>Plans from orders of work, lowered without any cleverness.</summary>
internal static class TestPlans
{
    /// <summary>All forwards, then all backwards.</summary>
    public static IEnumerable<Work> GPipe(int stage, int microBatches, bool split = false) =>
    [
        .. Enumerable.Range(0, microBatches).Select(m => new Work(ActionKind.Forward, stage, m)),
        .. Enumerable.Range(0, microBatches).SelectMany(m => BackwardOf(stage, m, split)),
    ];

    /// <summary>As many forwards ahead as <paramref name="ahead"/>, then one backward and one forward alternately.</summary>
    public static IEnumerable<Work> OneForwardOneBackward(int stage, int microBatches, int ahead, bool split = false)
    {
        int forward = 0;
        for (; forward < Math.Min(ahead, microBatches); forward++)
            yield return new Work(ActionKind.Forward, stage, forward);
        for (int m = 0; m < microBatches; m++)
        {
            foreach (var work in BackwardOf(stage, m, split))
                yield return work;
            if (forward < microBatches)
                yield return new Work(ActionKind.Forward, stage, forward++);
        }
    }

    /// <param name="order">By device: its work in order; a STEP of each of its stages follows.</param>
    /// <param name="channels">Between the stages.</param>
    /// <param name="miniBatch">Samples.</param>
    /// <param name="microBatch">Of each stage.</param>
    public static ExecutionPlan Lower(IReadOnlyList<IReadOnlyList<Work>> order, List<ChannelDecl> channels, long miniBatch, long[] microBatch)
    {
        var deviceOf = new int[microBatch.Length];
        for (int d = 0; d < order.Count; d++)
        {
            foreach (var work in order[d])
                deviceOf[work.Stage] = d;
        }

        var stages = microBatch.Select((b, i) => new PlannedStage(new StageId(i), $"s{i}", new DeviceId(deviceOf[i]), b, miniBatch)).ToImmutableArray();
        var devices = order.Select((o, d) => new DeviceActions(
            new DeviceId(d),
            [
                .. o.SelectMany(w => Lower(w, channels, miniBatch, microBatch)),
                .. stages.Where(s => s.Device.Value == d).Select(s => PlanAction.Step(s.Id)),
            ]));
        return new ExecutionPlan(miniBatch, "test", DeviceMesh.Cpu(order.Count), stages, [.. channels], [.. devices]);
    }

    private static IEnumerable<Work> BackwardOf(int stage, int microBatch, bool split) => split
        ? [new Work(ActionKind.BackwardInput, stage, microBatch), new Work(ActionKind.BackwardWeight, stage, microBatch)]
        : [new Work(ActionKind.Backward, stage, microBatch)];

    private static IEnumerable<PlanAction> Lower(Work work, List<ChannelDecl> channels, long miniBatch, long[] microBatch)
    {
        var stage = new StageId(work.Stage);
        var mb = new MicroBatch(work.MicroBatch);
        long start = work.MicroBatch * microBatch[work.Stage];
        var range = new SampleRange(start, Math.Min(miniBatch, start + microBatch[work.Stage]));
        var kind = work.Kind == ActionKind.Forward ? ChannelKind.Activation : ChannelKind.Gradient;
        bool messages = work.Kind != ActionKind.BackwardWeight;
        foreach (var channel in channels.Where(c => messages && c.Kind == kind && c.To == stage))
        {
            foreach (var piece in Pieces(channel))
                yield return PlanAction.Recv(channel.Id, mb, piece);
        }

        yield return PlanAction.Compute(work.Kind, stage, mb, range);
        foreach (var channel in channels.Where(c => messages && c.Kind == kind && c.From == stage))
        {
            foreach (var piece in Pieces(channel))
                yield return PlanAction.Send(channel.Id, mb, piece);
        }

        // Messages are as large as the smaller micro-batch of the two ends.
        IEnumerable<SampleRange> Pieces(ChannelDecl channel)
        {
            long size = Math.Min(microBatch[channel.From.Value], microBatch[channel.To.Value]);
            for (long at = range.Start; at < range.End; at += size)
                yield return new SampleRange(at, Math.Min(range.End, at + size));
        }
    }
}
