using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// A value of the objective that no plan can go below, whatever its stages: all work shared out evenly over all devices, the dearest node as a
/// stage of its own, and the longest path through the nodes (for a sequence of stages, all nodes one after the other) without any message.
/// </summary>
internal static class LowerBound
{
    /// <param name="sizes">Micro-batch sizes that plans may have.</param>
    /// <param name="pipeline">How stages run.</param>
    /// <param name="replicas">On how many devices stages are; by default, as the request has it.</param>
    public static Microseconds Of(
        PartitionRequest request, PlanScorer scorer, IReadOnlyList<long> sizes, PipelineKind pipeline = PipelineKind.Graph, ReplicaRange? replicas = null)
    {
        var range = replicas ?? new ReplicaRange(1, request.Stages is null ? Math.Min(request.MaxReplicas, request.Topology.Devices.Length) : 1);
        double least = double.PositiveInfinity;
        if (request.MicroBatch.IsPerStage)
            return new Microseconds(OfSizes(request, scorer, [.. sizes], pipeline, range));
        foreach (long size in sizes)
            least = Math.Min(least, OfSizes(request, scorer, [size], pipeline, range));
        return new Microseconds(least);
    }

    private static double OfSizes(PartitionRequest request, PlanScorer scorer, long[] sizes, PipelineKind pipeline, ReplicaRange replicas)
    {
        var graph = request.Graph;
        double fastest = request.Topology.Devices.Max(d => d.Speed), together = request.Topology.Devices.Sum(d => d.Speed);
        double work = 0, dearest = 0, all = 0;
        var path = new double[graph.Nodes.Length];
        for (int i = graph.TopologicalOrder.Length - 1; i >= 0; i--)
        {
            int n = graph.TopologicalOrder[i].Value;
            double share = double.PositiveInfinity, alone = double.PositiveInfinity, once = double.PositiveInfinity;
            foreach (long size in sizes)
            {
                // Peers share a stage out over any number of devices that divides the size.
                for (int d = replicas.Least; d <= replicas.Most; d++)
                {
                    if (size % d != 0)
                        continue;
                    double time = scorer.Compute(size / d)[n];
                    share = Math.Min(share, d * time / size);
                    alone = Math.Min(alone, time / size);
                    once = Math.Min(once, time);
                }
            }

            work += share;
            dearest = Math.Max(dearest, alone / fastest);
            all += once / fastest;
            double behind = 0;
            foreach (int next in graph.Successors(n))
                behind = Math.Max(behind, path[next]);
            path[n] = behind + once / fastest;
        }

        double slowest = Math.Max(work / together, dearest);
        if (request.Objective == PlanObjective.Tps)
            return slowest;
        double longest = pipeline == PipelineKind.Sequential ? all : path.Max();
        // With one size: (B - b) times the slowest stage and b times a path, which is at least that stage.
        return sizes.Length == 1
            ? (request.MiniBatch - sizes[0]) * slowest + Math.Max(sizes[0] * slowest, longest)
            : Math.Max(request.MiniBatch * slowest, longest);
    }
}

/// <summary>Numbers of devices that a stage may be on.</summary>
internal readonly record struct ReplicaRange(int Least, int Most)
{
    public static ReplicaRange Only(int devices) => new(devices, devices);
}
