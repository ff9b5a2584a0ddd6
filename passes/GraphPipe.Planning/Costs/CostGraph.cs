using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// What every planner works on: nodes with times and bytes, values between them. It is acyclic by construction and knows its topological
/// order (smallest position first), so that no planner has to check either.
/// </summary>
public sealed class CostGraph
{
    private readonly ImmutableArray<int>[] _successors;
    private readonly ImmutableArray<int>[] _predecessors;

    private CostGraph(
        ImmutableArray<CostNode> nodes, ImmutableArray<CostEdge> edges, ImmutableArray<CostValue> values, ImmutableArray<int>[] successors,
        ImmutableArray<int>[] predecessors, ImmutableArray<CostNodeId> order)
    {
        Nodes = nodes;
        Edges = edges;
        Values = values;
        TopologicalOrder = order;
        _successors = successors;
        _predecessors = predecessors;
        InputsOf = Group(values, nodes.Length, inputs: true);
        OutputsOf = Group(values, nodes.Length, inputs: false);
    }

    public ImmutableArray<CostNode> Nodes { get; }

    public ImmutableArray<CostEdge> Edges { get; }

    /// <summary>The values that travel along the edges.</summary>
    public ImmutableArray<CostValue> Values { get; }

    /// <summary>Kahn's order, the smallest position first among the ready.</summary>
    public ImmutableArray<CostNodeId> TopologicalOrder { get; }

    /// <summary>For each node the positions in <see cref="Values"/> of what it reads.</summary>
    internal int[][] InputsOf { get; }

    /// <summary>For each node the positions in <see cref="Values"/> of what it makes.</summary>
    internal int[][] OutputsOf { get; }

    public CostNode this[CostNodeId id] => Nodes[id.Value];

    /// <summary>Distinct successors of a node, ascending.</summary>
    internal ImmutableArray<int> Successors(int node) => _successors[node];

    /// <summary>Distinct predecessors of a node, ascending.</summary>
    internal ImmutableArray<int> Predecessors(int node) => _predecessors[node];

    /// <summary>
    /// Builds a graph, or says with GP3012 why there is none: an edge to nowhere, a cycle, two nodes with one number, a value with two
    /// producers or two sizes.
    /// </summary>
    /// <returns>Null if an error was added to <paramref name="diagnostics"/>.</returns>
    public static CostGraph? Create(ImmutableArray<CostNode> nodes, ImmutableArray<CostEdge> edges, DiagnosticBag diagnostics)
    {
        bool bad = false;
        void Error(string message, string advice = "")
        {
            bad = true;
            diagnostics.Add(Diagnostic.Error(Codes.CostGraphMalformed, message, advice: advice));
        }

        if (nodes.Length == 0)
            Error("the cost graph has no nodes");
        foreach (var twice in nodes.GroupBy(n => n.Id).Where(g => g.Count() > 1))
            Error($"{twice.Count()} nodes have the id {twice.Key}");
        foreach (var edge in edges)
        {
            if (edge.From.Value < 0 || edge.From.Value >= nodes.Length || edge.To.Value < 0 || edge.To.Value >= nodes.Length)
                Error($"an edge runs from {edge.From} to {edge.To}, but there are {nodes.Length} nodes");
            else if (edge.From == edge.To)
                Error($"node '{nodes[edge.From.Value].Name}' is its own input");
        }

        foreach (var value in edges.GroupBy(e => e.Value))
        {
            if (value.Select(e => (e.From, e.BytesPerSample)).Distinct().Count() > 1)
                Error($"the edges of value {value.Key} disagree on its producer or its size", "a value has one producer and one size");
        }

        if (bad)
            return null;
        var successors = new SortedSet<int>[nodes.Length];
        var predecessors = new SortedSet<int>[nodes.Length];
        for (int i = 0; i < nodes.Length; i++)
            (successors[i], predecessors[i]) = ([], []);
        foreach (var edge in edges)
        {
            successors[edge.From.Value].Add(edge.To.Value);
            predecessors[edge.To.Value].Add(edge.From.Value);
        }

        var order = Sort(successors, predecessors);
        if (order.Length < nodes.Length)
        {
            var done = order.Select(o => o.Value).ToHashSet();
            string names = string.Join(", ", Enumerable.Range(0, nodes.Length).Where(i => !done.Contains(i)).Take(5).Select(i => $"'{nodes[i].Name}'"));
            Error($"the cost graph has a cycle, in or before {names}");
            return null;
        }

        return new CostGraph(
            nodes,
            edges,
            [
                .. from edge in edges
                   group edge by edge.Value into uses
                   orderby uses.Key
                   select new CostValue(
                       uses.First().From, uses.First().BytesPerSample, [.. uses.Select(u => u.To).Distinct().OrderBy(u => u.Value)]),
            ],
            [.. successors.Select(s => s.ToImmutableArray())],
            [.. predecessors.Select(s => s.ToImmutableArray())],
            order);
    }

    private static ImmutableArray<CostNodeId> Sort(SortedSet<int>[] successors, SortedSet<int>[] predecessors)
    {
        var waiting = predecessors.Select(p => p.Count).ToArray();
        var ready = new PriorityQueue<int, int>();
        for (int i = 0; i < waiting.Length; i++)
        {
            if (waiting[i] == 0)
                ready.Enqueue(i, i);
        }

        var order = ImmutableArray.CreateBuilder<CostNodeId>(waiting.Length);
        while (ready.TryDequeue(out int node, out _))
        {
            order.Add(new CostNodeId(node));
            foreach (int next in successors[node])
            {
                if (--waiting[next] == 0)
                    ready.Enqueue(next, next);
            }
        }

        return order.ToImmutable();
    }

    private static int[][] Group(ImmutableArray<CostValue> values, int nodes, bool inputs)
    {
        var lists = new List<int>[nodes];
        for (int i = 0; i < nodes; i++)
            lists[i] = [];
        for (int v = 0; v < values.Length; v++)
        {
            if (!inputs)
                lists[values[v].Producer.Value].Add(v);
            else
                foreach (var consumer in values[v].Consumers)
                    lists[consumer.Value].Add(v);
        }

        return [.. lists.Select(l => l.ToArray())];
    }
}
