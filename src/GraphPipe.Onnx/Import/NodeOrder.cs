using GraphPipe.Onnx.Proto;

namespace GraphPipe.Onnx;

/// <summary>
/// A topological order of a graph's nodes that leaves them where they are as far as possible (Kahn's algorithm, the earliest node first).
/// </summary>
internal static class NodeOrder
{
    /// <param name="producers">The node that makes each name of this graph.</param>
    /// <param name="cycle">Where there is no order: nodes that wait for each other, in a circle.</param>
    /// <returns>Positions in <paramref name="nodes"/>, or null.</returns>
    public static int[]? Sort(IReadOnlyList<NodeProto> nodes, IReadOnlyDictionary<string, int> producers, out List<int> cycle)
    {
        var needs = new List<int>[nodes.Count];
        var consumers = new List<int>[nodes.Count];
        for (int i = 0; i < nodes.Count; i++)
            (needs[i], consumers[i]) = ([], []);
        for (int i = 0; i < nodes.Count; i++)
        {
            foreach (string name in Reads(nodes[i]))
            {
                if (!producers.TryGetValue(name, out int producer))
                    continue;
                needs[i].Add(producer);
                consumers[producer].Add(i);
            }
        }

        int[] missing = [.. needs.Select(n => n.Count)];
        var ready = new PriorityQueue<int, int>();
        for (int i = 0; i < nodes.Count; i++)
        {
            if (missing[i] == 0)
                ready.Enqueue(i, i);
        }

        var order = new List<int>(nodes.Count);
        while (ready.TryDequeue(out int node, out _))
        {
            order.Add(node);
            foreach (int consumer in consumers[node])
            {
                if (--missing[consumer] == 0)
                    ready.Enqueue(consumer, consumer);
            }
        }

        cycle = order.Count == nodes.Count ? [] : CycleOf(needs, missing);
        return order.Count == nodes.Count ? [.. order] : null;
    }

    // Every node that is left waits for another one that is left: follow them until one comes again.
    private static List<int> CycleOf(List<int>[] needs, int[] missing)
    {
        int node = Array.FindIndex(missing, m => m > 0);
        var seen = new Dictionary<int, int>();
        var path = new List<int>();
        while (seen.TryAdd(node, path.Count))
        {
            path.Add(node);
            node = needs[node].Find(n => missing[n] > 0);
        }

        path.RemoveRange(0, seen[node]);
        path.Reverse();
        int first = path.IndexOf(path.Min());
        return [.. path[first..], .. path[..first]];
    }

    private static HashSet<string> Reads(NodeProto node)
    {
        var names = new HashSet<string>(node.Input.Where(n => n.Length > 0), StringComparer.Ordinal);
        foreach (var graph in GraphsOf(node))
            AddCaptured(graph, names);
        return names;
    }

    /// <summary>The graphs in a node's attributes.</summary>
    public static IEnumerable<GraphProto> GraphsOf(NodeProto node) => node.Attribute.SelectMany(GraphsOf);

    public static IEnumerable<GraphProto> GraphsOf(AttributeProto attribute) => attribute.G is null ? attribute.Graphs : attribute.Graphs.Prepend(attribute.G);

    // What a graph reads and does not define itself.
    private static void AddCaptured(GraphProto graph, HashSet<string> names)
    {
        var own = new HashSet<string>(StringComparer.Ordinal);
        own.UnionWith(graph.Input.Select(i => i.Name));
        own.UnionWith(graph.Initializer.Select(i => i.Name));
        own.UnionWith(graph.SparseInitializer.Select(i => i.Values?.Name ?? ""));
        own.UnionWith(graph.Node.SelectMany(n => n.Output));
        foreach (string name in graph.Node.SelectMany(Reads).Concat(graph.Output.Select(o => o.Name)))
        {
            if (!own.Contains(name))
                names.Add(name);
        }
    }
}
