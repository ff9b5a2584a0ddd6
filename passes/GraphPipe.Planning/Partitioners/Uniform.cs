using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Equal cost along the topological order, as most tools cut: stage i ends where the running sum of compute time comes closest to its share.
/// The stages run as a sequence. What every other partitioner has to beat.
/// </summary>
[Partitioner("uniform")]
public sealed class Uniform : IPartitioner
{
    public PipelinePlan? Partition(PartitionRequest request, DiagnosticBag diagnostics)
    {
        int count = request.Stages ?? Math.Min(request.Topology.Devices.Length, request.Graph.Nodes.Length);
        if (PlanCandidates.Begin(request, PipelineKind.Sequential, "uniform", diagnostics, count) is not { } candidates)
            return null;
        foreach (long size in candidates.Sizes)
            candidates.Add(Cut(request.Graph, count, size));
        return candidates.Finish(candidates.Sizes.Length, diagnostics);
    }

    /// <summary>Contiguous pieces of the topological order; always valid.</summary>
    internal static List<StageSet> Cut(CostGraph graph, int count, long microBatch)
    {
        var order = graph.TopologicalOrder;
        var sums = new double[order.Length + 1];
        for (int i = 0; i < order.Length; i++)
            sums[i + 1] = sums[i] + graph[order[i]].Compute(microBatch).Value;
        var stages = new List<StageSet>();
        int start = 0;
        for (int s = 1; s <= count; s++)
        {
            // At least one node here, and one left for each stage to come.
            int end = start + 1, last = order.Length - (count - s);
            double target = sums[^1] * s / count;
            while (end < last && (s == count || Math.Abs(sums[end + 1] - target) <= Math.Abs(sums[end] - target)))
                end++;
            stages.Add(new StageSet([.. order[start..end].Select(n => n.Value)], 1, microBatch));
            start = end;
        }

        return stages;
    }
}
