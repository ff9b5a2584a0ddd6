using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// GraphPipe's stages with the micro-batch size that a sequential pipeline would take: what branches side by side are worth on their own, without
/// the larger micro-batches that a shallower pipeline has memory for (the ablation of arXiv 2406.17145, section 7.4).
/// </summary>
[Partitioner("parallel-only")]
public sealed class ParallelOnly : IPartitioner
{
    public PipelinePlan? Partition(PartitionRequest request, DiagnosticBag diagnostics)
    {
        var sequential = PartitionerTable.Find("pipedream", diagnostics)!.Partition(request, new DiagnosticBag())
            ?? PartitionerTable.Find("uniform", diagnostics)!.Partition(request, diagnostics);
        if (sequential is null)
            return null;
        long size = sequential.Stages.Min(s => s.MicroBatch);
        var plan = PartitionerTable.Find("graphpipe", diagnostics)!.Partition(request with { MicroBatch = MicroBatchChoice.Size(size) }, diagnostics);
        return plan is null ? null : plan with
        {
            Partitioner = "parallel-only",
            Search = new PlanSearch(plan.Search.Seconds + sequential.Search.Seconds, plan.Search.States + sequential.Search.States),
        };
    }
}
