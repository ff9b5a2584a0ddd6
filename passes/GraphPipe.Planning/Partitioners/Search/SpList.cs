using System.Globalization;
using System.Text;

namespace GraphPipe.Planning;

/// <summary>A piece of a series: nodes that stay together, or branches side by side.</summary>
internal sealed class SpItem(int id, int[] nodes, SpList[] branches)
{
    /// <summary>Number among all items, for keys.</summary>
    public int Id => id;

    /// <summary>Producers before consumers.</summary>
    public int[] Nodes => nodes;

    /// <summary>Empty if the nodes stay together.</summary>
    public SpList[] Branches => branches;

    public bool IsParallel => branches.Length > 0;
}

/// <summary>A coarse series: what the search cuts. Holds the search's tables for it.</summary>
internal sealed class SpList(SpItem[] items)
{
    public SpItem[] Items => items;

    public int[] Nodes { get; } = [.. items.SelectMany(i => i.Nodes)];

    /// <summary>Costs of items [a, b) as one stage, at [a][b − a − 1]; filled on demand, as far as <see cref="StageBounds"/> needs them.</summary>
    public StageMeasure[]?[] Segments { get; } = new StageMeasure[items.Length][];

    /// <summary>
    /// The first list that looks the same, item by item: twin branches and repeated parts are solved once. Itself if there is none.
    /// </summary>
    public SpList Twin { get; private set; } = null!;

    /// <summary>Finds the twins of this list and of all lists inside it.</summary>
    public void FindTwins(CostGraph graph, long samples) => FindTwins(graph, samples, new Dictionary<string, SpList>(StringComparer.Ordinal), []);

    private int FindTwins(CostGraph graph, long samples, Dictionary<string, SpList> lists, Dictionary<SpList, int> numbers)
    {
        var key = new StringBuilder();
        foreach (var item in items)
        {
            if (item.IsParallel)
                key.Append('[').AppendJoin(',', item.Branches.Select(b => b.FindTwins(graph, samples, lists, numbers))).Append(']');
            else
                AppendCosts(key, graph, item.Nodes, samples);
        }

        string text = key.ToString();
        if (!lists.TryGetValue(text, out var twin))
            lists.Add(text, twin = this);
        Twin = twin;
        if (!numbers.TryGetValue(twin, out int number))
            numbers.Add(twin, number = numbers.Count);
        return number;
    }

    // Everything that a stage's time and memory are made of.
    private static void AppendCosts(StringBuilder key, CostGraph graph, int[] nodes, long samples)
    {
        double compute = 0;
        long saved = 0, trained = 0, frozen = 0, workspace = 0, reads = 0, makes = 0;
        var shared = new SortedSet<string>(StringComparer.Ordinal);
        foreach (int n in nodes)
        {
            var node = graph.Nodes[n];
            compute += node.Compute(samples).Value;
            saved += node.SavedPerSample.Value;
            trained += node.ParameterBytes.Value;
            frozen += node.FrozenBytes.Value;
            workspace = Math.Max(workspace, node.Workspace.Value);
            reads += graph.InputsOf[n].Sum(v => graph.Values[v].BytesPerSample.Value);
            makes += graph.OutputsOf[n].Sum(v => graph.Values[v].BytesPerSample.Value);
            shared.UnionWith(node.SharedParameters.Select(p => p.Name));
        }

        key.Append(CultureInfo.InvariantCulture, $"({nodes.Length} {compute:R} {saved} {trained} {frozen} {workspace} {reads} {makes} {string.Join(' ', shared)})");
    }
}
