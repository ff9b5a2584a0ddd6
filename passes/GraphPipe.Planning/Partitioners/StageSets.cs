using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>Sets of nodes on their way to become stages.</summary>
internal static class StageSets
{
    /// <summary>
    /// Sorts disjoint sets that cover the graph into a topological order of the stage graph, the set with the earliest node first among the
    /// ready, and the nodes of each set into the graph's order.
    /// </summary>
    /// <returns>Null if the stage graph has a cycle; a set that is not convex makes one too.</returns>
    public static ImmutableArray<ImmutableArray<CostNodeId>>? Sort(CostGraph graph, IReadOnlyList<IReadOnlyList<int>> sets)
    {
        var setOf = Membership(graph, sets);
        var position = new int[graph.Nodes.Length];
        for (int i = 0; i < position.Length; i++)
            position[graph.TopologicalOrder[i].Value] = i;
        var waiting = new int[sets.Count];
        var successors = new HashSet<int>[sets.Count];
        for (int s = 0; s < sets.Count; s++)
            successors[s] = [];
        foreach (var edge in graph.Edges)
        {
            int from = setOf[edge.From.Value], to = setOf[edge.To.Value];
            if (from != to && successors[from].Add(to))
                waiting[to]++;
        }

        var ready = new PriorityQueue<int, int>();
        int Earliest(int s) => sets[s].Min(n => position[n]);
        for (int s = 0; s < sets.Count; s++)
        {
            if (waiting[s] == 0)
                ready.Enqueue(s, Earliest(s));
        }

        var sorted = ImmutableArray.CreateBuilder<ImmutableArray<CostNodeId>>(sets.Count);
        while (ready.TryDequeue(out int s, out _))
        {
            sorted.Add([.. sets[s].OrderBy(n => position[n]).Select(n => new CostNodeId(n))]);
            foreach (int next in successors[s])
            {
                if (--waiting[next] == 0)
                    ready.Enqueue(next, Earliest(next));
            }
        }

        return sorted.Count == sets.Count ? sorted.ToImmutable() : null;
    }

    /// <summary>For each node the number of its set.</summary>
    public static int[] Membership(CostGraph graph, IReadOnlyList<IReadOnlyList<int>> sets)
    {
        var setOf = new int[graph.Nodes.Length];
        for (int s = 0; s < sets.Count; s++)
        {
            foreach (int node in sets[s])
                setOf[node] = s;
        }

        return setOf;
    }
}
