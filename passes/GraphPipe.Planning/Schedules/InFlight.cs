using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// How many samples each stage must have in flight so that none waits under kFkB: GraphPipe, arXiv 2406.17145, section 4.3 (1F1B is k = 1).
/// </summary>
public static class InFlight
{
    /// <summary>Samples in flight of a stage with K = k·b of which one successor has <paramref name="w"/> samples in flight and K = <paramref name="nextK"/>.</summary>
    public static long Before(long k, long w, long nextK) => w + (k <= nextK ? nextK : 2 * k - nextK);

    /// <summary>
    /// Per stage, in samples, at most the mini-batch: the last stages K, the others the maximum of <see cref="Before"/> over their successors,
    /// rounded up to whole micro-batches.
    /// </summary>
    public static ImmutableArray<long> Of(StageGraph graph)
    {
        var successors = graph.Successors();
        var w = new long[graph.Stages.Length];
        for (int s = w.Length - 1; s >= 0; s--)
        {
            var stage = graph.Stages[s];
            long k = stage.K * stage.MicroBatch;
            w[s] = k;
            foreach (int n in successors[s])
                w[s] = Math.Max(w[s], Before(k, w[n], graph.Stages[n].K * graph.Stages[n].MicroBatch));
            w[s] = (w[s] + stage.MicroBatch - 1) / stage.MicroBatch * stage.MicroBatch;
        }

        return [.. w.Select(samples => Math.Min(graph.MiniBatch, samples))];
    }

    /// <summary>What a given order of work really holds, in samples: forwarded and its (weight) backward not yet run.</summary>
    public static ImmutableArray<long> PeakOf(PipelineSchedule schedule, StageGraph graph) => PeakOf(schedule, graph, kind => kind is TaskKind.OffloadEnd or TaskKind.ReloadPrepare ? 0 : OnDevice(kind));

    /// <summary>The part of it that is on the device at a time: all but what has left for the host and for what no room has been taken to come back.</summary>
    public static ImmutableArray<long> ResidentOf(PipelineSchedule schedule, StageGraph graph) => PeakOf(schedule, graph, OnDevice);

    /// <summary>By how many activations a task changes what its stage has on the device.</summary>
    public static int OnDevice(TaskKind kind) => kind switch
    {
        TaskKind.Forward or TaskKind.ReloadPrepare => 1,
        TaskKind.Backward or TaskKind.BackwardWeight or TaskKind.OffloadEnd => -1,
        _ => 0,
    };

    private static ImmutableArray<long> PeakOf(PipelineSchedule schedule, StageGraph graph, Func<TaskKind, int> change)
    {
        var held = new long[graph.Stages.Length];
        var peak = new long[graph.Stages.Length];
        foreach (var task in schedule.Devices.SelectMany(d => d))
        {
            int s = task.Stage.Value;
            held[s] += change(task.Kind) * graph.Stages[s].MicroBatch;
            peak[s] = Math.Max(peak[s], held[s]);
        }

        return [.. peak];
    }
}
