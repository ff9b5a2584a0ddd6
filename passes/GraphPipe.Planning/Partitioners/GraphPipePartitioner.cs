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

    // Sizes of micro-batches that are searched with unequal numbers of replicas.
    private const int MixedSizes = 2;

    // States after which no further size is searched: about a second, some seconds for thousands of nodes. The most promising sizes come first, so the rest
    // rarely holds the best.
    private const long Effort = 3_000_000;
    private const long EffortPerNode = 2000;

    // States of one search after which it refines its target no more.
    private const long SearchEffort = 6_000_000;

    // Nodes and values looked at when stages are joined.
    private const long JoinLimit = 4_000_000;

    private static ReadOnlySpan<double> Relaxed => [1.03, 1.1, 1.25, 1.6];

    // With replicas there is more to trade for depth.
    private static ReadOnlySpan<double> RelaxedForReplicas => [1.03, 1.1, 1.18, 1.25, 1.35, 1.45, 1.6, 1.8, 2, 2.3];

    public PipelinePlan? Partition(PartitionRequest request, DiagnosticBag diagnostics)
    {
        if (PlanCandidates.Begin(request, PipelineKind.Graph, "graphpipe", diagnostics) is not { } candidates)
            return null;
        var sizes = candidates.Sizes;
        var costs = new PlanScorer(request, 1);
        long states = 0;
        foreach (bool mindsMemory in new[] { true, false })
        {
            // Without memory only to say how much is missing.
            SearchSizes(request, mindsMemory, costs, candidates, ref states);
            if (candidates.Best is not null)
                break;
        }

        if (candidates.Best is null)
        {
            int count = request.Stages ?? Math.Min(request.Topology.Devices.Length, request.Graph.Nodes.Length);
            candidates.Add(Uniform.Cut(request.Graph, count, sizes[0]));
        }

        if (request.MicroBatch.IsPerStage)
            MicroBatchDescent.Improve(request, candidates);
        return candidates.Finish(states, diagnostics);
    }

    // Every size with all stages on 1, 2, 4 … devices each, which is quick; with replicas, the most promising sizes once more with stages on any
    // numbers of devices.
    private static void SearchSizes(PartitionRequest request, bool mindsMemory, PlanScorer costs, PlanCandidates candidates, ref long states)
    {
        // Whether a search can't win, or has no time left. Without memory in mind any plan will do.
        long effort = Math.Max(Effort, EffortPerNode * request.Graph.Nodes.Length);
        bool IsHopeless(double least, long states) => (candidates.Fits && states > effort) || (
            mindsMemory && !request.MicroBatch.IsPerStage && candidates is { Fits: true, Best: { } known } && least >= Objective.Value(request, known));

        var found = new Dictionary<long, double>();
        // The most promising first: the earlier a good plan is there, the fewer are searched.
        var searches =
            from size in candidates.Sizes
            from logGroup in Enumerable.Range(0, LogReplicas(request, size) + 1)
            let least = LowerBound.Of(request, costs, [size], replicas: ReplicaRange.Only(1 << logGroup)).Value
            orderby least
            select (size, logGroup, least);
        foreach (var (size, logGroup, least) in searches)
        {
            if (!IsHopeless(least, states))
                found[size] = Math.Min(found.GetValueOrDefault(size, double.PositiveInfinity), Search(request, size, logGroup, 0, mindsMemory, candidates, ref states));
        }

        foreach (var (size, _) in found.Where(f => LogReplicas(request, f.Key) > 0 && double.IsFinite(f.Value)).OrderBy(f => f.Value).Take(MixedSizes))
        {
            if (!IsHopeless(LowerBound.Of(request, costs, [size]).Value, states))
                Search(request, size, 0, LogReplicas(request, size), mindsMemory, candidates, ref states);
        }
    }

    // One search and what joining stages makes of it; the objective's value, infinite if there is no plan.
    private static double Search(PartitionRequest request, long size, int logGroup, int logReplicas, bool mindsMemory, PlanCandidates candidates, ref long states)
    {
        var own = candidates.Fresh();
        // Pieces can be too coarse for as many stages as the request wants.
        if (!Search(request, size, logGroup, logReplicas, mindsMemory, true, own, ref states))
            Search(request, size, logGroup, logReplicas, mindsMemory, false, own, ref states);
        if (own.Best is not { } plan)
            return double.PositiveInfinity;
        candidates.Add(plan);
        Join(request, plan, candidates, ref states);
        return Objective.Value(request, plan);
    }

    // The sweep keeps few of the ways to trade devices for depth, so two stages in a row may do better as one on both devices.
    private static void Join(PartitionRequest request, PipelinePlan plan, PlanCandidates candidates, ref long states)
    {
        if (request.Stages is not null || request.MaxReplicas == 1 || !PlanScorer.Knows(request.Schedule.Name))
            return;
        int capacity = Math.Max(plan.Stages.Length, request.Topology.Devices.Length);
        var scorer = new PlanScorer(request, capacity);
        var layout = StageLayout.Of(request, plan, capacity);
        new LocalSearch(request, scorer, capacity).Join(layout, JoinLimit / (request.Graph.Nodes.Length + request.Graph.Values.Length));
        candidates.Add(layout.ToStages());
        states += scorer.States;
    }

    private static int LogReplicas(PartitionRequest request, long size) =>
        request.Stages is null ? BitOperations.Log2((uint)Math.Clamp(Math.Min(request.MaxReplicas, request.Topology.Devices.Length), 1, size)) : 0;

    /// <param name="logGroup">Stages have multiples of 2 to that power of devices.</param>
    /// <param name="logReplicas">Logarithm of the largest multiple.</param>
    /// <returns>Whether there is a plan.</returns>
    private static bool Search(PartitionRequest request, long size, int logGroup, int logReplicas, bool mindsMemory, bool coarse, PlanCandidates candidates, ref long states)
    {
        int devices = (request.Stages ?? request.Topology.Devices.Length) >> logGroup;
        double memory = Enumerable.Range(0, request.Topology.Devices.Length).Min(d => request.LimitOf(new DeviceId(d)).Value);
        var weight = Weights(request, size, devices, memory);
        double total = weight.Sum();
        // Some 32 pieces to a stage, but no more than 512 in all; a parallel part is worth splitting if it is a quarter of a stage.
        var coarsening = new Coarsening(
            request.Graph, weight, coarse ? total / Math.Min(32 * devices, Math.Max(512, 8 * devices)) : -1, coarse ? total / (4 * devices) : -1);
        var list = coarsening.Coarsen(SpDecomposition.Of(request.Graph, weight));
        list.FindTwins(request.Graph, size);
        var bounds = new StageBounds(request, size, logGroup, logReplicas, mindsMemory ? memory : double.PositiveInfinity);
        var search = new SeriesParallelSearch(list, bounds, devices);

        bool Try(double target)
        {
            search.Aim(target);
            var solutions = search.Solutions();
            foreach (var stages in solutions)
                candidates.Add(request.Stages is null ? stages : StageSplitting.Until(request.Graph, stages, devices));
            return solutions.Count > 0;
        }

        var everything = bounds.Segment(list, 0, list.Items.Length);
        // Start near the ideal, where a search is short; links may be slower than all the arithmetic.
        double low = bounds.Time(everything, bounds.LogReplicas) / devices / 1.0001, high = Math.Max(low * 1.2, 1e-3);
        bool found = Try(high);
        for (int i = 0; !found && i < 24; i++)
        {
            high *= i < 8 ? 1.6 : 6;
            found = Try(high);
        }

        if (found)
        {
            for (int step = 0; step < MaxSteps && high > low * Precision && search.States < SearchEffort; step++)
            {
                double middle = Math.Sqrt(Math.Max(low, high * 1e-3) * high);
                if (Try(middle))
                    high = middle;
                else
                    low = middle;
            }

            foreach (double factor in logGroup + logReplicas > 0 ? RelaxedForReplicas : Relaxed)
            {
                if (search.States < SearchEffort)
                    Try(high * factor);
            }
        }

        states += search.States;
        return found;
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
