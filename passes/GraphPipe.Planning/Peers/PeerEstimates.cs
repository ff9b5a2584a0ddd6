using GraphPipe.Bundle;

namespace GraphPipe.Planning.Peers;

/// <summary>Figures of an ordinary cost graph as the peers' planners need them. Stages run as a sequence; the objective has the last word.</summary>
internal static class PeerEstimates
{
    /// <returns>Samples in flight by the number of stages from one on to the end, itself included; 0 at position 0.</returns>
    public static double[] InFlight(PartitionRequest request, ISchedule schedule, int stages, long microBatch)
    {
        var chain = new StageGraph(
            request.MiniBatch,
            [.. Enumerable.Range(0, stages).Select(i => new StageShape(new(i), new(i), microBatch, 1))],
            [.. Enumerable.Range(0, stages - 1).Select(i => (new StageId(i), new StageId(i + 1)))],
            PipelineKind.Sequential);
        var inFlight = schedule.Resident(chain);
        return [0, .. Enumerable.Range(1, stages).Select(q => (double)inFlight[stages - q])];
    }

    /// <summary>Bytes of the trained parameters of each node; one that several nodes share counts at the first.</summary>
    public static double[] TrainedBytes(CostGraph graph)
    {
        var seen = new HashSet<string>();
        return [.. graph.Nodes.Select(n => n.ParameterBytes.Value + (double)n.SharedParameters.Where(p => seen.Add(p.Name)).Sum(p => p.Size.Value))];
    }

    /// <summary>What every device has, less the largest workspace.</summary>
    public static double Memory(PartitionRequest request) =>
        Enumerable.Range(0, request.Topology.Devices.Length).Min(d => request.LimitOf(new DeviceId(d)).Value) - (double)request.Graph.Nodes.Max(n => n.Workspace.Value);
}
