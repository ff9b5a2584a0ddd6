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

    /// <summary>Costs of items [a, b) as one stage, at [a][b − a − 1]; filled on demand.</summary>
    public StageMeasure[]?[] Segments { get; } = new StageMeasure[items.Length][];

    /// <summary>Answers for items [a, q), at [a]; filled on demand and cleared for every target.</summary>
    public int[]?[] Answers { get; } = new int[items.Length + 1][];

    /// <summary>This list and all lists inside it.</summary>
    public IEnumerable<SpList> All() => items.SelectMany(i => i.Branches).SelectMany(b => b.All()).Prepend(this);
}
