using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>A stage as schedules see it.</summary>
/// <param name="Device">Where it runs; the first of its devices if it has replicas.</param>
/// <param name="MicroBatch">Samples of one forward.</param>
/// <param name="K">Micro-batches forwarded, then backwarded, in turn.</param>
public sealed record StageShape(StageId Id, DeviceId Device, long MicroBatch, int K = 1);

/// <summary>
/// The stages, in a topological order, and who waits for whom. With <see cref="PipelineKind.Sequential"/> each stage also precedes the next in
/// the list, even where no data flows.
/// </summary>
public sealed record StageGraph(long MiniBatch, ImmutableArray<StageShape> Stages, ImmutableArray<(StageId From, StageId To)> Edges, PipelineKind Pipeline)
{
    /// <summary>Number of micro-batches of a stage.</summary>
    public int MicroBatches(StageId stage) => (int)(MiniBatch / Stages[stage.Value].MicroBatch);

    /// <summary>For each stage the distinct stages after it, ascending.</summary>
    public ImmutableArray<ImmutableArray<int>> Successors()
    {
        var sets = new SortedSet<int>[Stages.Length];
        for (int s = 0; s < sets.Length; s++)
            sets[s] = Pipeline == PipelineKind.Sequential && s + 1 < sets.Length ? [s + 1] : [];
        foreach (var (from, to) in Edges)
            sets[from.Value].Add(to.Value);
        return [.. sets.Select(s => s.ToImmutableArray())];
    }

    /// <summary>Stages on the longest path.</summary>
    public int Depth() => Depths().DefaultIfEmpty(0).Max();

    /// <summary>For each stage the stages on the longest path from it to an end, both counted.</summary>
    public ImmutableArray<int> Depths()
    {
        var successors = Successors();
        var depth = new int[Stages.Length];
        for (int s = Stages.Length - 1; s >= 0; s--)
            depth[s] = 1 + successors[s].Select(n => depth[n]).DefaultIfEmpty(0).Max();
        return [.. depth];
    }

    /// <summary>Stages one behind the other, where a placement puts them, with micro-batches of one sample.</summary>
    public static StageGraph Line(SchedulePlacement placement, int microBatches) => new(
        microBatches,
        [.. Enumerable.Range(0, placement.Stages).Select(s => new StageShape(new(s), placement[new(s)], 1))],
        [.. Enumerable.Range(0, placement.Stages - 1).Select(s => (new StageId(s), new StageId(s + 1)))],
        PipelineKind.Graph);

    /// <summary>The stages of a partition, each on a device of its own.</summary>
    public static StageGraph Of(PipelinePlan plan) => Of(plan, s => new DeviceId(s.Id.Value));

    /// <summary>The stages of a partition.</summary>
    /// <param name="deviceOf">Where a stage runs; of one with replicas the first.</param>
    public static StageGraph Of(PipelinePlan plan, Func<PipelineStage, DeviceId> deviceOf) =>
        new(plan.MiniBatch, [.. plan.Stages.Select(s => new StageShape(s.Id, deviceOf(s), s.MicroBatch, s.K))], plan.Edges, plan.Pipeline);

    /// <summary>Stages on their way to a plan, numbered by position.</summary>
    internal static StageGraph Of(long miniBatch, ImmutableArray<StageChoice> stages, ImmutableArray<(StageId From, StageId To)> edges, PipelineKind pipeline) =>
        new(miniBatch, [.. stages.Select((s, i) => new StageShape(new(i), s.Devices[0], s.MicroBatch, s.K))], edges, pipeline);

    /// <summary>
    /// The stages and the activations between them; channels of other kinds follow from these. Stages have k = 1. Replicas are one stage here,
    /// numbered by <see cref="WholeOf"/>: they all keep its order of work.
    /// </summary>
    public static StageGraph From(long miniBatch, ImmutableArray<PlannedStage> stages, ImmutableArray<ChannelDecl> channels, PipelineKind pipeline = PipelineKind.Graph)
    {
        var whole = WholeOf(stages);
        return new(
            miniBatch,
            [.. stages.Where(s => s.Replica.Index == 0).Select((s, i) => new StageShape(new StageId(i), s.Device, s.Samples.Stride))],
            [.. channels.Where(c => c.Kind == ChannelKind.Activation).Select(c => (whole[c.From.Value], whole[c.To.Value])).Distinct().Order()],
            pipeline);
    }

    /// <summary>For each stage of an execution plan the number of its whole: replicas, which follow one another, have the same.</summary>
    public static ImmutableArray<StageId> WholeOf(ImmutableArray<PlannedStage> stages)
    {
        int next = 0;
        return [.. stages.Select(s => new StageId(s.Replica.Index == 0 ? next++ : next - 1))];
    }
}
