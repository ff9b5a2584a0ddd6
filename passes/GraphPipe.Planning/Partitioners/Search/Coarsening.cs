namespace GraphPipe.Planning;

/// <summary>
/// Makes a search of thousands of operators one of some hundred pieces, without losing branches that are worth a device: parallel parts
/// that are small altogether become a line; a small branch beside large ones goes before or behind them, whichever end moves fewer bytes; and
/// neighbours in a series join up to a size, those first whose border carries most bytes.
/// </summary>
/// <param name="weight">Per node, its share of time or memory, whichever is larger.</param>
/// <param name="pieceLimit">Weight up to which neighbours join.</param>
/// <param name="branchLimit">Weight below which a parallel part is not worth splitting over devices.</param>
internal sealed class Coarsening(CostGraph graph, double[] weight, double pieceLimit, double branchLimit)
{
    private readonly Dictionary<int, int> _place = [];
    private int _items;

    public SpList Coarsen(SpTree tree) => new(Series([tree]));

    private SpItem[] Series(IEnumerable<SpTree> parts) => Join([.. parts.SelectMany(Items)]);

    private IEnumerable<SpItem> Items(SpTree tree) => tree switch
    {
        SpTree.Leaf leaf => [Piece([leaf.Node])],
        SpTree.Series series => series.Parts.SelectMany(Items),
        SpTree.Parallel parallel => Branches(parallel),
        _ => [],
    };

    private SpItem Piece(int[] nodes) => new(_items++, nodes, []);

    private double Weight(IEnumerable<int> nodes) => nodes.Sum(n => weight[n]);

    private IEnumerable<SpItem> Branches(SpTree.Parallel parallel)
    {
        var branches = parallel.Branches.Select(b => (Tree: b, Nodes: b.Nodes().ToArray())).ToList();
        if (Weight(branches.SelectMany(b => b.Nodes)) < branchLimit)
            return branches.SelectMany(b => b.Nodes).Select(n => Piece([n]));
        var large = branches.Where(b => Weight(b.Nodes) > pieceLimit).ToList();
        var small = branches.Where(b => Weight(b.Nodes) <= pieceLimit).Select(b => b.Nodes).ToList();
        if (large.Count == 0)
            return [Side([.. Bins(small).Select(nodes => new SpList([Piece(nodes)]))])];
        var first = small.Where(ReadsMoreThanItMakes).Select(Piece);
        var last = small.Where(s => !ReadsMoreThanItMakes(s)).Select(Piece);
        var middle = large.Count == 1
            ? Items(large[0].Tree)
            : [Side([.. large.Select(b => new SpList(Series([b.Tree])))])];
        return first.Concat(middle).Concat(last);
    }

    private SpItem Side(SpList[] lists) => new(_items++, [.. lists.SelectMany(l => l.Nodes)], lists.Length > 1 ? lists : []);

    private bool ReadsMoreThanItMakes(int[] nodes)
    {
        var members = nodes.ToHashSet();
        long reads = nodes.SelectMany(n => graph.InputsOf[n]).Distinct().Select(v => graph.Values[v]).Where(v => !members.Contains(v.Producer.Value)).Sum(v => v.BytesPerSample.Value);
        long makes = nodes.SelectMany(n => graph.OutputsOf[n]).Select(v => graph.Values[v]).Where(v => v.Consumers.Any(c => !members.Contains(c.Value))).Sum(v => v.BytesPerSample.Value);
        return reads > makes;
    }

    /// <summary>Packs small branches, the heaviest first, each into the lightest bin that it fits.</summary>
    private List<int[]> Bins(List<int[]> branches)
    {
        var bins = new List<(double Weight, List<int> Nodes)>();
        foreach (var branch in branches.OrderByDescending(Weight))
        {
            double size = Weight(branch);
            int fits = bins.FindIndex(b => b.Weight + size <= pieceLimit);
            if (fits < 0)
            {
                bins.Add((size, [.. branch]));
            }
            else
            {
                bins[fits].Nodes.AddRange(branch);
                bins[fits] = (bins[fits].Weight + size, bins[fits].Nodes);
            }
        }

        return [.. bins.Select(b => b.Nodes.ToArray())];
    }

    private SpItem[] Join(SpItem[] items)
    {
        var traffic = BorderTraffic(items);
        // Union by borders: start[i] is the first item of the run that i belongs to.
        var start = Enumerable.Range(0, items.Length).ToArray();
        var end = Enumerable.Range(1, items.Length).ToArray();
        var size = items.Select(i => Weight(i.Nodes)).ToArray();
        foreach (int border in Enumerable.Range(1, Math.Max(0, items.Length - 1)).OrderByDescending(b => traffic[b]))
        {
            int left = start[border - 1];
            if (items[border - 1].IsParallel || items[border].IsParallel || size[left] + size[border] > pieceLimit)
                continue;
            size[left] += size[border];
            start[end[border] - 1] = left;
            end[left] = end[border];
        }

        var joined = new List<SpItem>();
        for (int i = 0; i < items.Length; i = end[i])
            joined.Add(end[i] == i + 1 ? items[i] : Piece([.. items[i..end[i]].SelectMany(x => x.Nodes)]));
        return [.. joined];
    }

    /// <summary>Bytes per sample over the border before each item, of values made and used within the list.</summary>
    private long[] BorderTraffic(SpItem[] items)
    {
        _place.Clear();
        for (int i = 0; i < items.Length; i++)
        {
            foreach (int node in items[i].Nodes)
                _place[node] = i;
        }

        var change = new long[items.Length + 2];
        foreach (int v in items.SelectMany(i => i.Nodes).SelectMany(n => graph.OutputsOf[n]))
        {
            int from = _place[graph.Values[v].Producer.Value], to = from;
            foreach (var consumer in graph.Values[v].Consumers)
                to = Math.Max(to, _place.GetValueOrDefault(consumer.Value, from));
            change[from + 1] += graph.Values[v].BytesPerSample.Value;
            change[to + 1] -= graph.Values[v].BytesPerSample.Value;
        }

        for (int i = 1; i < change.Length; i++)
            change[i] += change[i - 1];
        return change;
    }
}
