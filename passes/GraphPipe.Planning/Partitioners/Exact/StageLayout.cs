using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Stages as arrays that a search changes in place: where each node is, and each stage's devices and micro-batch. Stages have any order; those
/// with numbers below <see cref="Count"/> exist.
/// </summary>
internal sealed class StageLayout
{
    /// <param name="nodes">Nodes of the graph.</param>
    /// <param name="capacity">The most stages there can be.</param>
    public StageLayout(int nodes, int capacity)
    {
        StageOf = new int[nodes];
        MicroBatch = new long[capacity];
        Devices = new DeviceId[capacity][];
        Array.Fill(Devices, []);
    }

    public int Count { get; set; }

    /// <summary>By node.</summary>
    public int[] StageOf { get; }

    /// <summary>By stage: samples of one forward, over all its devices.</summary>
    public long[] MicroBatch { get; }

    /// <summary>By stage. The arrays are shared between layouts and never written to.</summary>
    public DeviceId[][] Devices { get; }

    public bool HasReplicas
    {
        get
        {
            for (int s = 0; s < Count; s++)
            {
                if (Devices[s].Length > 1)
                    return true;
            }

            return false;
        }
    }

    public void CopyFrom(StageLayout other)
    {
        Count = other.Count;
        Array.Copy(other.StageOf, StageOf, StageOf.Length);
        Array.Copy(other.MicroBatch, MicroBatch, other.Count);
        Array.Copy(other.Devices, Devices, other.Count);
    }

    /// <summary>The layout of a plan for the same request.</summary>
    public static StageLayout Of(PartitionRequest request, PipelinePlan plan, int capacity)
    {
        var layout = new StageLayout(request.Graph.Nodes.Length, capacity) { Count = plan.Stages.Length };
        var nodes = request.Graph.Nodes.Select((n, i) => (n.Id, i)).ToDictionary(p => p.Id, p => p.i);
        var devices = request.Topology.Devices.Select((d, i) => (d.Name, i)).ToDictionary(p => p.Name, p => new DeviceId(p.i));
        for (int s = 0; s < plan.Stages.Length; s++)
        {
            foreach (int id in plan.Stages[s].Nodes)
                layout.StageOf[nodes[id]] = s;
            layout.MicroBatch[s] = plan.Stages[s].MicroBatch;
            layout.Devices[s] = [.. plan.Stages[s].Devices.Select(d => devices[d])];
        }

        return layout;
    }

    /// <summary>The stages, for <see cref="PlanCandidates"/>.</summary>
    public List<PlacedStage> ToStages()
    {
        var nodes = Enumerable.Range(0, Count).Select(_ => new List<int>()).ToArray();
        for (int n = 0; n < StageOf.Length; n++)
            nodes[StageOf[n]].Add(n);
        return [.. nodes.Select((set, s) => new PlacedStage(set, Devices[s], MicroBatch[s]))];
    }
}
