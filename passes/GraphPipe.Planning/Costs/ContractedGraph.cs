using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// A cost graph whose nodes stand for groups of another's, layers for example: for planners that can't look at every operator. A plan for it costs
/// the same on the whole graph, for sums are all that a plan's figures are made of.
/// </summary>
public static class ContractedGraph
{
    /// <summary>Contracts every group of nodes to one, named after the group.</summary>
    /// <param name="groupOf">The group of a node.</param>
    /// <returns>Null with GP3012 in <paramref name="diagnostics"/> if groups are in a circle.</returns>
    public static CostGraph? Of(CostGraph graph, Func<CostNode, string> groupOf, DiagnosticBag diagnostics)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var layer = new int[graph.Nodes.Length];
        foreach (var id in graph.TopologicalOrder)
        {
            string name = groupOf(graph[id]);
            if (!numbers.TryGetValue(name, out layer[id.Value]))
                numbers.Add(name, layer[id.Value] = numbers.Count);
        }

        var members = graph.TopologicalOrder.ToLookup(id => layer[id.Value], id => graph[id]);
        var edges =
            from value in graph.Values.Select((v, i) => (v.Producer, v.BytesPerSample, v.Consumers, Number: i))
            from reader in value.Consumers.Select(c => layer[c.Value]).Distinct()
            where reader != layer[value.Producer.Value]
            select new CostEdge(new CostNodeId(layer[value.Producer.Value]), new CostNodeId(reader), value.BytesPerSample, value.Number);
        return CostGraph.Create([.. numbers.Select(n => Sum(n.Value, n.Key, [.. members[n.Value]]))], [.. edges], diagnostics);
    }

    private static CostNode Sum(int id, string name, CostNode[] nodes)
    {
        Bytes Total(Func<CostNode, Bytes> bytes) => nodes.Aggregate(Bytes.Zero, (sum, n) => sum + bytes(n));
        return new CostNode(
            id,
            name,
            TimeTable.Sum([.. nodes.Select(n => n.Forward)]),
            TimeTable.Sum([.. nodes.Select(n => n.Backward)]),
            nodes.All(n => n.BackwardWeight is null) ? null : TimeTable.Sum([.. nodes.Select(n => n.BackwardWeight ?? TimeTable.Zero)]),
            Total(n => n.SavedPerSample),
            Total(n => n.ParameterBytes),
            Total(n => n.FrozenBytes),
            nodes.Select(n => n.Workspace).Max(),
            [.. nodes.SelectMany(n => n.SharedParameters).DistinctBy(p => p.Name)])
        {
            Update = new(nodes.Sum(n => n.Update.Value)),
        };
    }
}
