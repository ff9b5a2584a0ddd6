namespace GraphPipe.Planning;

/// <summary>A graph taken apart in series and in parallel. Nodes are positions in the cost graph, in topological order.</summary>
internal abstract record SpTree
{
    /// <summary>A node.</summary>
    public sealed record Leaf(int Node) : SpTree;

    /// <summary>Every node of a part comes before every node of the next.</summary>
    public sealed record Series(IReadOnlyList<SpTree> Parts) : SpTree;

    /// <summary>No edge between branches.</summary>
    public sealed record Parallel(IReadOnlyList<SpTree> Branches) : SpTree;

    /// <summary>All nodes, part by part.</summary>
    public IEnumerable<int> Nodes() => this switch
    {
        Leaf leaf => [leaf.Node],
        Series series => series.Parts.SelectMany(p => p.Nodes()),
        Parallel parallel => parallel.Branches.SelectMany(b => b.Nodes()),
        _ => [],
    };
}
