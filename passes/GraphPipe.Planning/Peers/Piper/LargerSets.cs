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
    private readonly int[] _outgoingStarts, _outgoing;
    private int _walks;

    public LargerSets(SequenceSums sums, StageMemory memory)
    {
        _sums = sums;
        _memory = memory;
        var problem = sums.Problem;
        _visited = new int[sums.Sets.Count];
        _stamp = new int[sums.Sets.Count];
        int count = problem.Costs.Length;
        (_external, _allIncoming) = (new double[count][], new double[count][]);
        for (int c = 0; c < count; c++)
        {
            (_external[c], _allIncoming[c]) = (new double[sums.Sets.Count], new double[problem.Nodes]);
            for (int e = 0; e < problem.Edges.Length; e++)
                _allIncoming[c][problem.Edges[e].To] += problem.Costs[c].Incoming[e];
        }

        // Edges by producer.
        _outgoingStarts = new int[problem.Nodes + 1];
        foreach (var edge in problem.Edges)
            _outgoingStarts[edge.From + 1]++;
        for (int v = 0; v < problem.Nodes; v++)
            _outgoingStarts[v + 1] += _outgoingStarts[v];
        _outgoing = new int[problem.Edges.Length];
        var place = (int[])_outgoingStarts.Clone();
        for (int e = 0; e < problem.Edges.Length; e++)
            _outgoing[place[problem.Edges[e].From]++] = e;
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
        for (int i = _outgoingStarts[node]; i < _outgoingStarts[node + 1]; i++)
        {
            int edge = _outgoing[i];
            change += _sums.Sets.Contains(smaller, _sums.Problem.Edges[edge].To) ? costs.Outgoing[edge] : -costs.Incoming[edge];
        }

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
