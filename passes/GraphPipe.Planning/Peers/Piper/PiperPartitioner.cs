using GraphPipe.Bundle;

namespace GraphPipe.Planning.Peers;

/// <summary>
/// Piper's dynamic programme over down-sets on an ordinary cost graph: for each micro-batch size the sequence of stages whose slowest has the
/// least time by Piper's formula, under memory. Devices may stay idle. It gives up, with GP3002, where the graph has more down-sets than Piper's cap.
/// </summary>
/// <remarks>
/// Replicas share out a micro-batch, as everywhere here, so that what is in flight follows from the stages behind and not, as in Piper's own
/// model, from their replicas. Links are as fast as the slowest of the topology. Recomputation is per stage.
/// </remarks>
/// <param name="maxDownSets">Where it gives up.</param>
[Partitioner("piper")]
public sealed class PiperPartitioner(int maxDownSets) : IPartitioner
{
    /// <summary>Gives up where Piper does.</summary>
    public PiperPartitioner()
        : this(SequenceOptimizer.MaxDownSets)
    {
    }

    // The search does not count what sharing and unlike devices add; where the objective finds too much memory, the limit is lowered.
    private static ReadOnlySpan<double> MemoryShares => [1, 0.95, 0.85, 0.7];

    public PipelinePlan? Partition(PartitionRequest request, DiagnosticBag diagnostics)
    {
        if (PlanCandidates.Begin(request, PipelineKind.Sequential, "piper", diagnostics) is not { } candidates)
            return null;
        var sizes = candidates.Sizes;
        long states = 0;
        DownSets? sets = null;
        var costs = new PlanScorer(request, 1);
        // The most promising size first; one that can't win is not searched.
        foreach (var (size, least) in sizes.Select(s => (s, LowerBound.Of(request, costs, [s], PipelineKind.Sequential).Value)).OrderBy(s => s.Value))
        {
            if (candidates is { Fits: true, Best: { } known } && least >= Objective.Value(request, known))
                break;
            foreach (double share in MemoryShares)
            {
                var problem = ToProblem(request, candidates.Schedule, size, share);
                sets ??= SequenceOptimizer.Enumerate(problem, maxDownSets, diagnostics);
                if (sets is null)
                    return null;
                var optimizer = new SequenceOptimizer(problem, sets);
                var stages = optimizer.Solve(diagnostics);
                states += optimizer.States;
                if (optimizer.IsTooLarge)
                    return null;
                if (stages is null)
                    break;
                var plan = candidates.Add([.. stages.Select(s => new StageSet(optimizer.NodesOf(s), s.Mode.Replicas, size))]);
                if (plan is null || !Objective.OverMemory(request, plan).Any() || request.Recompute == RecomputeChoice.Auto)
                    break;
            }
        }

        // Only to say how much memory is missing.
        if (candidates.Best is null)
            candidates.Add(Uniform.Cut(request.Graph, request.Stages ?? Math.Min(request.Topology.Devices.Length, request.Graph.Nodes.Length), sizes[0]));
        return candidates.Finish(states, diagnostics);
    }

    private static SequenceProblem ToProblem(PartitionRequest request, ISchedule schedule, long size, double memoryShare)
    {
        int devices = request.Stages ?? request.Topology.Devices.Length;
        int most = request.Stages is null ? (int)Math.Min(Math.Min(request.MaxReplicas, devices), size) : 1;
        int[] replicas = [.. Enumerable.Range(1, Math.Max(1, most)).Where(d => size % d == 0)];
        int stages = Math.Min(devices, request.Graph.Nodes.Length);
        return new SequenceProblem
        {
            Nodes = request.Graph.Nodes.Length,
            Cancellation = request.Cancellation,
            Edges = [.. request.Graph.Edges.Select(e => (e.From.Value, e.To.Value))],
            Costs = [.. replicas.Select(d => ToCosts(request, size, d))],
            Modes = [.. replicas.Select((d, i) => new StageMode(d, d, 1, 1, i))],
            Devices = devices,
            ExactDevices = request.Stages,
            MaxCount = stages,
            Memory = PeerEstimates.Memory(request) * memoryShare,
            Bandwidth = request.Topology.Slowest.BytesPerMicrosecond,
            MicroBatches = (double)request.MiniBatch / size,
            InFlight = PeerEstimates.InFlight(request, schedule, stages, size),
            Recompute = request.Recompute == RecomputeChoice.Auto ? PiperRecompute.PerStage : PiperRecompute.Off,
        };
    }

    private static NodeCosts ToCosts(PartitionRequest request, long size, int replicas)
    {
        var graph = request.Graph;
        var costs = new NodeCosts(graph.Nodes.Length, graph.Edges.Length);
        double[] trained = PeerEstimates.TrainedBytes(graph);
        double speed = request.Topology.Devices.Min(d => d.Speed), state = Objective.State(request, replicas);
        long samples = size / replicas;
        bool all = request.Recompute == RecomputeChoice.All;
        for (int v = 0; v < graph.Nodes.Length; v++)
        {
            var node = graph.Nodes[v];
            double forward = node.Forward.At(samples).Value * replicas / speed, both = node.Compute(samples).Value * replicas / speed;
            double saved = (double)node.SavedPerSample.Value / replicas, weights = state * trained[v] + node.FrozenBytes.Value;
            costs.Time[v] = all ? both + forward : both;
            costs.ExtraTime[v] = all ? 0 : forward;
            costs.ParameterBytes[v] = trained[v];
            // Recomputing, a stage holds what it is working on; what comes in from other stages is left to the objective.
            (costs.PerUnitRecomputing[v], costs.FixedRecomputing[v]) = (0, weights + saved * size);
            (costs.PerUnit[v], costs.Fixed[v]) = all ? (0, weights + saved * size) : (saved, weights);
        }

        for (int e = 0; e < graph.Edges.Length; e++)
            costs.Incoming[e] = costs.Outgoing[e] = 2.0 * graph.Edges[e].BytesPerSample.Value * size;
        return costs;
    }
}
