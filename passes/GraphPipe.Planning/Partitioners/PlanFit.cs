using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>On how little a model trains: the plan, and the plan with everything the request offers.</summary>
/// <param name="Least">The plan on the fewest devices, or with the least memory.</param>
/// <param name="Whole">The plan on all devices with all memory; null if even that does not fit.</param>
/// <param name="Memory">The limit of each device that <paramref name="Least"/> was planned with; null where devices were counted.</param>
public sealed record FittedPlan(PipelinePlan Least, PipelinePlan? Whole, Bytes? Memory);

/// <summary>Finds the fewest devices, or the least memory of each, for which a partitioner has a plan.</summary>
public static class PlanFit
{
    /// <summary>The fewest devices: the first ones of the topology.</summary>
    /// <returns>Null with the partitioner's reasons in <paramref name="diagnostics"/> if all devices together are too few.</returns>
    public static FittedPlan? Devices(IPartitioner partitioner, PartitionRequest request, DiagnosticBag diagnostics)
    {
        if (Find(partitioner, request, diagnostics) is not { } whole)
            return null;
        PipelinePlan least = whole;
        int low = 0, high = request.Topology.Devices.Length;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            var fewer = request with { Topology = request.Topology with { Devices = request.Topology.Devices[..middle] } };
            if (Find(partitioner, fewer, new DiagnosticBag()) is { } plan)
                (high, least) = (middle, plan);
            else
                low = middle;
        }

        return new FittedPlan(least, whole, null);
    }

    /// <summary>The least memory of each device, to one part in 128.</summary>
    /// <inheritdoc cref="Devices"/>
    public static FittedPlan? Memory(IPartitioner partitioner, PartitionRequest request, DiagnosticBag diagnostics)
    {
        // With memory without end there is a plan unless something else stands in the way.
        var unlimited = request with { MemoryLimit = new Bytes(long.MaxValue / 4) };
        if (Find(partitioner, unlimited, diagnostics) is not { } roomy)
            return null;
        var whole = Find(partitioner, request, new DiagnosticBag());
        var least = roomy;
        long high = roomy.DeviceMemory.Value, low = 0;
        while (high - low > Math.Max(1, high / 128))
        {
            long middle = (low + high) / 2;
            if (Find(partitioner, request with { MemoryLimit = new Bytes(middle) }, new DiagnosticBag()) is { } plan)
                (high, least) = (plan.DeviceMemory.Value, plan);
            else
                low = middle;
        }

        return new FittedPlan(least, whole, new Bytes(high));
    }

    // A search that is given choices does not always see that memory wants them all made one way, so where it has no plan those ways are tried:
    // a plan of theirs is one of the request's too.
    private static PipelinePlan? Find(IPartitioner partitioner, PartitionRequest request, DiagnosticBag diagnostics)
    {
        var reasons = new DiagnosticBag();
        if (PlacedPartition.Find(partitioner, request, reasons) is { } plan)
            return plan;
        foreach (var narrower in Narrower(request))
        {
            if (PlacedPartition.Find(partitioner, narrower, new DiagnosticBag()) is { } found)
                return found;
        }

        diagnostics.AddRange(reasons.All);
        return null;
    }

    private static IEnumerable<PartitionRequest> Narrower(PartitionRequest request)
    {
        if (request.Recompute == RecomputeChoice.Auto)
            yield return request with { Recompute = RecomputeChoice.All };
        if (request.MicroBatch.IsPerStage)
            yield return request with { MicroBatch = MicroBatchChoice.Automatic };
        if (request.MicroBatch.IsPerStage || request.MicroBatch == MicroBatchChoice.Automatic)
            yield return request with { MicroBatch = MicroBatchChoice.Size(1), Recompute = request.Recompute == RecomputeChoice.Auto ? RecomputeChoice.All : request.Recompute };
        if (request.MaxReplicas > 1)
        {
            foreach (var single in Narrower(request with { MaxReplicas = 1 }).Prepend(request with { MaxReplicas = 1 }))
                yield return single;
        }
    }
}
