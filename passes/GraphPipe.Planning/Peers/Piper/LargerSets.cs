namespace GraphPipe.Planning.Peers;

/// <summary>Walks from a down-set to all larger ones that are not too large, and measures what crosses the borders of the stage between.</summary>
internal sealed class LargerSets
{
    private readonly SequenceSums _sums;
    private readonly StageMemory _memory;
    private readonly int[] _visited;
    private readonly int[] _stamp;
    private readonly double[][] _external;
    private readonly double[][] _allIncoming;
    private readonly (int Edge, int To)[][] _outgoing;
    private int _walks;

    public LargerSets(SequenceSums sums, StageMemory memory)
    {
        _sums = sums;
        _memory = memory;
        var problem = sums.Problem;
        _visited = new int[sums.Sets.Count];
        _stamp = new int[sums.Sets.Count];
        _external = [.. problem.Costs.Select(_ => new double[sums.Sets.Count])];
        _outgoing = new (int, int)[problem.Nodes][];
        for (int v = 0; v < problem.Nodes; v++)
            _outgoing[v] = [.. problem.Edges.Index().Where(e => e.Item.From == v).Select(e => (e.Index, e.Item.To))];
        _allIncoming = [.. problem.Costs.Select(_ => new double[problem.Nodes])];
        for (int c = 0; c < problem.Costs.Length; c++)
        {
            for (int e = 0; e < problem.Edges.Length; e++)
                _allIncoming[c][problem.Edges[e].To] += problem.Costs[c].Incoming[e];
        }
    }

    /// <summary>
    /// The sets beyond <paramref name="smaller"/> whose stage has at most the work given and may fit a device, without the whole graph.
    /// Good until the next call.
    /// </summary>
    public ReadOnlySpan<int> Walk(int smaller, double mostWork)
    {
        int count = 0, whole = _sums.Whole, walk = ++_walks;
        var sets = _sums.Sets;
        double limit = _sums.Work[smaller] + mostWork;
        foreach (var external in _external)
            external[smaller] = 0;
        for (int at = -1; at < count; at++)
        {
            int set = at < 0 ? smaller : _visited[at];
            for (int i = sets.Starts[set]; i < sets.Starts[set + 1]; i++)
            {
                int larger = sets.Larger[i];
                if (_stamp[larger] == walk)
                    continue;
                _stamp[larger] = walk;
                if (_sums.Work[larger] > limit || larger == whole || !MayFit(smaller, larger))
                    continue;
                for (int c = 0; c < _external.Length; c++)
                    _external[c][larger] = _external[c][set] + Change(c, smaller, sets.Added[i]);
                _visited[count++] = larger;
            }
        }

        return _visited.AsSpan(0, count);
    }

    /// <summary>Bytes over the borders of the stage from the last walk's set to <paramref name="larger"/>.</summary>
    public double External(int costs, int larger) => _external[costs][larger];

    // A node's inputs all come from outside; its outputs stay, if they go to nodes of the stage, which are no inputs any more then.
    private double Change(int c, int smaller, int node)
    {
        var costs = _sums.Problem.Costs[c];
        double change = _allIncoming[c][node];
        foreach (var (edge, to) in _outgoing[node])
            change += _sums.Sets.Contains(smaller, to) ? costs.Outgoing[edge] : -costs.Incoming[edge];
        return change;
    }

    private bool MayFit(int smaller, int larger)
    {
        for (int c = 0; c < _external.Length; c++)
        {
            if (_memory.Fits(c, 1, smaller, larger))
                return true;
        }

        return false;
    }
}
