using System.Diagnostics;
using System.Numerics;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// GraphPipe's partitioner (arXiv 2406.17145, section 5): a binary search on the time per sample of the slowest stage, and for each target the
/// shallowest series-parallel partition that meets it. Among the plans found on the way, and some for relaxed targets, which may be shallower,
/// the best by the objective is the answer.
/// </summary>
/// <remarks>
/// With <see cref="PartitionRequest.Stages"/> exactly so many stages. Otherwise any number up to the devices, with replicas up to
/// <see cref="PartitionRequest.MaxReplicas"/>. Sizes of micro-batches per stage are found afterwards, by doubling and halving the size of one
/// stage at a time as long as that helps: a local optimum.
/// </remarks>
[Partitioner("graphpipe")]
public sealed class GraphPipePartitioner : IPartitioner
{
    private const double Precision = 1.004;
    private const int MaxSteps = 24;
    private static ReadOnlySpan<double> Relaxed => [1.03, 1.1, 1.25, 1.6];

    public PipelinePlan? Partition(PartitionRequest request, DiagnosticBag diagnostics)
    {
        var watch = Stopwatch.StartNew();
        var sizes = request.MicroBatchSizes(diagnostics);
        var schedule = ScheduleTable.Find(request.Schedule, diagnostics);
        if (sizes.IsEmpty || schedule is null || !StageCount.IsPossible(request, request.Stages ?? 1, diagnostics))
            return null;
        var candidates = new PlanCandidates(request, PipelineKind.Graph, "graphpipe", schedule);
        long states = 0;
        foreach (bool mindsMemory in new[] { true, false })
        {
            // Without memory only to say how much is missing.
            foreach (long size in sizes)
            {
                foreach (bool coarse in new[] { true, false })
                {
                    // Pieces can be too coarse for as many stages as the request wants.
                    if (Search(request, size, mindsMemory, coarse, candidates, ref states))
                        break;
                }
            }

            if (candidates.Best is not null)
                break;
        }

        if (candidates.Best is null)
        {
            int count = request.Stages ?? 1;
            candidates.Add(Uniform.Cut(request.Graph, count, sizes[0]));
        }

        if (request.MicroBatch.IsPerStage)
            MicroBatchDescent.Improve(request, candidates);
        return candidates.Finish(new PlanSearch(watch.Elapsed.TotalSeconds, states), diagnostics);
    }

    /// <returns>Whether there is a plan.</returns>
    private static bool Search(PartitionRequest request, long size, bool mindsMemory, bool coarse, PlanCandidates candidates, ref long states)
    {
        int devices = request.Stages ?? request.Topology.Devices.Length;
        int replicas = request.Stages is null ? (int)Math.Clamp(Math.Min(request.MaxReplicas, devices), 1, size) : 1;
        double memory = Enumerable.Range(0, request.Topology.Devices.Length).Min(d => request.LimitOf(new DeviceId(d)).Value);
        var weight = Weights(request, size, devices, memory);
        double total = weight.Sum();
        // Some 32 pieces to a stage, but no more than 512 in all; a parallel part is worth splitting if it is a quarter of a stage.
        var coarsening = new Coarsening(
            request.Graph, weight, coarse ? total / Math.Min(32 * devices, Math.Max(512, 8 * devices)) : -1, coarse ? total / (4 * devices) : -1);
        var list = coarsening.Coarsen(SpDecomposition.Of(request.Graph, weight));
        var bounds = new StageBounds(request, size, BitOperations.Log2((uint)replicas), mindsMemory ? memory : double.PositiveInfinity);
        var search = new SeriesParallelSearch(list, bounds, devices);

        PipelinePlan? Try(double target)
        {
            search.Aim(target);
            var all = search.Stages(devices, out int deepest);
            var plan = deepest < SeriesParallelSearch.Impossible ? candidates.Add(all) : null;
            // Fewer devices too, if that is allowed and makes the pipeline shallower, or possible at all.
            int shallowest = deepest, fewest = devices;
            for (int n = devices - 1; n >= 1 && request.Stages is null; n--)
            {
                int level = search.Level(n);
                if (level < shallowest)
                    (shallowest, fewest) = (level, n);
            }

            return fewest < devices ? candidates.Add(search.Stages(fewest, out _)) ?? plan : plan;
        }

        var everything = bounds.Segment(list, 0, list.Items.Length);
        // Start near the ideal, where a search is short; links may be slower than all the arithmetic.
        double low = everything.ComputeOn(bounds.LogReplicas) / devices / 1.0001, high = Math.Max(low * 1.2, 1e-3);
        var plan = Try(high);
        for (int i = 0; plan is null && i < 24; i++)
        {
            high *= i < 8 ? 1.6 : 6;
            plan = Try(high);
        }

        if (plan is not null)
        {
            for (int step = 0; step < MaxSteps && high > low * Precision; step++)
            {
                double middle = Math.Sqrt(Math.Max(low, high * 1e-3) * high);
                if (Try(middle) is null)
                    low = middle;
                else
                    high = middle;
            }

            foreach (double factor in Relaxed)
                Try(high * factor);
        }

        states += search.States;
        return plan is not null;
    }

    /// <summary>Per node its share of the time or of the memory of all devices, whichever is larger.</summary>
    private static double[] Weights(PartitionRequest request, long size, int devices, double memory)
    {
        var nodes = request.Graph.Nodes;
        double time = Math.Max(1e-9, nodes.Sum(n => n.Compute(size).Value));
        return
        [
            .. nodes.Select(n => Math.Max(
                n.Compute(size).Value / time,
                (request.OptimizerState * (n.ParameterBytes.Value + n.SharedParameters.Sum(p => p.Size.Value)) + n.FrozenBytes.Value
                    + (double)size * n.SavedPerSample.Value) / (devices * memory))),
        ];
    }
}
