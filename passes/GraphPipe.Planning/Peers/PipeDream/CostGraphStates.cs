using System.Collections.Immutable;

namespace GraphPipe.Planning.Peers;

/// <summary>
/// States for PipeDream's programme on an ordinary cost graph. PipeDream's antichains begin at one source, which a graph with several towers
/// does not have; here every set closed under predecessors is a state, or, if these are too many, the prefixes of one topological order.
/// </summary>
internal static class CostGraphStates
{
    /// <param name="size">Samples of a micro-batch.</param>
    /// <param name="most">The most states.</param>
    public static CutStates Of(PartitionRequest request, ISchedule schedule, long size, int most)
    {
        var graph = request.Graph;
        var (closures, precedes) = DownSets.Enumerate(graph.Nodes.Length, [.. graph.Edges.Select(e => (e.From.Value, e.To.Value))], most) is { } sets
            ? Complements(sets)
            : Prefixes(graph, size, most);
        double[] trained = PeerEstimates.TrainedBytes(graph);
        double[] inFlight = PeerEstimates.InFlight(request, schedule, 2, size);
        // A schedule whose stages keep the same wherever they stand needs no counting of what is behind.
        bool grows = inFlight[2] > inFlight[1];
        double speed = request.Topology.Devices.Min(d => d.Speed), state = Objective.State(request, 1);
        bool recomputes = request.Recompute == RecomputeChoice.All;
        return new CutStates(closures, precedes)
        {
            Time = CutStates.Sum(closures, n => (graph.Nodes[n].Compute(size).Value + (recomputes ? graph.Nodes[n].Forward.At(size).Value : 0)) / speed),
            ParameterBytes = CutStates.Sum(closures, n => trained[n]),
            Output = OutputOf(graph, closures, size),
            PerUnit = CutStates.Sum(closures, n => grows && !recomputes ? (double)graph.Nodes[n].SavedPerSample.Value * size : 0),
            Fixed = CutStates.Sum(closures, n => state * trained[n] + graph.Nodes[n].FrozenBytes.Value
                + (grows && !recomputes ? 0 : graph.Nodes[n].SavedPerSample.Value * (recomputes ? size : inFlight[1]))),
        };
    }

    // The complement of a set closed under successors is closed under predecessors; the largest come last.
    private static (ImmutableArray<ulong[]>, IReadOnlyList<int>[]) Complements(DownSets sets)
    {
        int count = sets.Count - 1;
        var closures = ImmutableArray.CreateBuilder<ulong[]>(count);
        var precedes = new IReadOnlyList<int>[count];
        for (int state = 0; state < count; state++)
        {
            int set = count - 1 - state;
            var bits = new ulong[(sets.Nodes + 63) / 64];
            foreach (int node in sets.Difference(count, set))
                bits[node / 64] |= 1UL << (node % 64);
            closures.Add(bits);
            var before = new List<int>();
            for (int i = sets.Starts[set]; i < sets.Starts[set + 1]; i++)
            {
                if (sets.Larger[i] < count)
                    before.Add(count - 1 - sets.Larger[i]);
            }

            precedes[state] = before;
        }

        return (closures.ToImmutable(), precedes);
    }

    // Of too many prefixes those stay that are spaced evenly by work.
    private static (ImmutableArray<ulong[]>, IReadOnlyList<int>[]) Prefixes(CostGraph graph, long size, int most)
    {
        var order = graph.TopologicalOrder;
        double total = graph.Nodes.Sum(n => n.Compute(size).Value), done = 0, next = 0;
        var closures = ImmutableArray.CreateBuilder<ulong[]>();
        var bits = new ulong[(order.Length + 63) / 64];
        for (int i = 0; i < order.Length; i++)
        {
            bits[order[i].Value / 64] |= 1UL << (order[i].Value % 64);
            done += graph[order[i]].Compute(size).Value;
            bool keeps = order.Length <= most || i == order.Length - 1 || done >= next;
            if (!keeps)
                continue;
            closures.Add((ulong[])bits.Clone());
            next = done + total / most;
        }

        return (closures.ToImmutable(), [.. Enumerable.Range(0, closures.Count).Select(i => i == 0 ? Array.Empty<int>() : new[] { i - 1 })]);
    }

    private static double[] OutputOf(CostGraph graph, ImmutableArray<ulong[]> closures, long size)
    {
        var output = new double[closures.Length];
        for (int s = 0; s < output.Length; s++)
        {
            bool Has(CostNodeId node) => (closures[s][node.Value / 64] >> (node.Value % 64) & 1) != 0;
            foreach (var value in graph.Values)
            {
                if (Has(value.Producer) && value.Consumers.Any(c => !Has(c)))
                    output[s] += (double)value.BytesPerSample.Value * size;
            }
        }

        return output;
    }
}
