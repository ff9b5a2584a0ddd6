using GraphPipe.Bundle;

namespace GraphPipe.Planning.Peers;

/// <summary>
/// PipeDream's hierarchical dynamic programme on an ordinary cost graph: for each micro-batch size, over all devices as one level, and over
/// nodes of devices as two. Devices may stay idle.
/// </summary>
/// <remarks>
/// The programme walks from the first stage to the last and knows the machines behind a stage, not the stages: memory counts one micro-batch
/// and one more for each time that the machines behind hold the stage's replicas. Replicas share out a micro-batch. Time of r replicas is a
/// share of the whole, as in PipeDream.
/// </remarks>
[Partitioner("pipedream")]
public sealed class PipeDreamPartitioner : IPartitioner
{
    private const int MaxStates = 2000;

    // The inner level solves every range: cubic in the states.
    private const int MaxStatesOfLevels = 300;

    // Where the objective finds too much memory, the limit is lowered; recomputation may make room for what does not fit.
    private static ReadOnlySpan<double> MemoryShares => [1, 0.9, 0.75, 0.5];
    private static ReadOnlySpan<double> MemorySharesRecomputing => [1, double.PositiveInfinity];

    public PipelinePlan? Partition(PartitionRequest request, DiagnosticBag diagnostics)
    {
        if (PlanCandidates.Begin(request, PipelineKind.Sequential, "pipedream", diagnostics) is not { } candidates)
            return null;
        var sizes = candidates.Sizes;
        long pairs = 0;
        foreach (long size in sizes)
        {
            foreach (int[] levels in LevelsOf(request))
            {
                var states = CostGraphStates.Of(request, candidates.Schedule, size, levels.Length > 1 ? MaxStatesOfLevels : MaxStates);
                foreach (double share in request.Recompute == RecomputeChoice.Auto ? MemorySharesRecomputing : MemoryShares)
                {
                    if (Search(request, candidates, states, levels, size, share, ref pairs))
                        break;
                }
            }
        }

        // Only to say how much memory is missing.
        if (candidates.Best is null)
            candidates.Add(Uniform.Cut(request.Graph, request.Stages ?? Math.Min(request.Topology.Devices.Length, request.Graph.Nodes.Length), sizes[0]));
        return candidates.Finish(pairs, diagnostics);
    }

    /// <summary>The ways to see the devices: one level, and devices of a node below nodes, if all nodes have as many.</summary>
    private static List<int[]> LevelsOf(PartitionRequest request)
    {
        var devices = request.Topology.Devices;
        List<int[]> ways = [[request.Stages ?? devices.Length]];
        int[] perNode = [.. devices.GroupBy(d => d.Node).Select(g => g.Count())];
        if (request.Stages is null && perNode.Length > 1 && perNode[0] > 1 && perNode.All(n => n == perNode[0]))
            ways.Add([perNode[0], perNode.Length]);
        return ways;
    }

    /// <returns>Whether some plan fits memory, or no plan is left to try.</returns>
    private static bool Search(PartitionRequest request, PlanCandidates candidates, CutStates states, int[] levels, long size, double share, ref long pairs)
    {
        var solver = new HierarchicalSolver(states, Problems(request, levels, size, share));
        pairs += solver.States;
        int most = levels[^1];
        var counts = request.Stages is { } exact ? [exact] : Enumerable.Range(1, most).Where(m => int.IsPow2(m) || m == most || most <= 16)
            .Append(Enumerable.Range(1, most).MinBy(solver.Best)).Distinct();
        bool fits = false, any = false;
        foreach (int machines in counts.Where(m => double.IsFinite(solver.Best(m))))
        {
            var stages = Flatten(solver, solver.Outermost, solver.Stages(machines), 1, states, size);
            if (stages.Exists(s => size % s.Replicas != 0 || s.Nodes.Count == 0))
                continue;
            any = true;
            fits |= candidates.Add(stages) is { } plan && !Objective.OverMemory(request, plan).Any();
        }

        return fits || !any;
    }

    private static List<StageSet> Flatten(HierarchicalSolver solver, int level, List<LevelStage> stages, int replicas, CutStates states, long size)
    {
        var flat = new List<StageSet>();
        foreach (var stage in stages)
        {
            if (level == 0)
                flat.Add(new StageSet(states.Nodes(stage.Start, stage.End), replicas * stage.Replicas, size));
            else
                flat.AddRange(Flatten(solver, level - 1, solver.Stages(level - 1, stage), replicas * stage.Replicas, states, size));
        }

        return flat;
    }

    private static List<LevelProblem> Problems(PartitionRequest request, int[] levels, long size, double share)
    {
        var problems = new List<LevelProblem>();
        long most = request.Stages is null ? Math.Min(request.MaxReplicas, size) : 1;
        var memory = new MemoryRule(PeerEstimates.Memory(request) * share, 1, IsShared: true);
        foreach (int machines in levels)
        {
            // Replicas of the levels multiply; the innermost, with the fastest links, may have the most.
            int[] replicas = [.. Enumerable.Range(1, machines).Where(r => r <= most && size % r == 0)];
            most /= replicas[^1];
            bool isInner = problems.Count == 0 && levels.Length > 1;
            problems.Add(new LevelProblem(
                machines,
                (isInner ? request.Topology.IntraNode : request.Topology.Slowest).BytesPerMicrosecond,
                problems.Count > 0 ? problems[^1].Machines : 1,
                1,
                replicas,
                // A node with an idle device is better than none.
                UseFewerMachines: isInner,
                memory));
        }

        return problems;
    }
}
