namespace GraphPipe.Planning;

/// <summary>The sums that a stage's time and memory follow from.</summary>
/// <param name="Compute">Time of a micro-batch on one device.</param>
/// <param name="Traffic">Bytes per sample in and out, each value once (the objective counts it once per other stage, which is not known yet).</param>
internal readonly record struct StageMeasure(double Compute, long Traffic, long Trained, long Frozen, long Saved, long Workspace)
{
    /// <summary>Times of a micro-batch shared by 2, 4, 8 … devices; null where replicas are not asked for.</summary>
    public double[]? Shared { get; init; }

    /// <param name="log">Logarithm of the number of devices.</param>
    public double ComputeOn(int log) => log == 0 ? Compute : Shared![log - 1];
}

/// <summary>Adds up nodes one by one, producers before consumers, in constant time per use of a value.</summary>
internal sealed class StageMeasurer
{
    private readonly CostGraph _graph;
    private readonly double[][] _time;
    private readonly int[] _inside;
    private readonly int[] _seen;
    private readonly int[] _left;
    private readonly int[][] _shared;
    private readonly long[] _sharedBytes;
    private readonly int[] _sharedSeen;
    private int _stamp;
    private double[] _compute = [];
    private long _traffic, _trained, _frozen, _saved, _workspace;

    /// <param name="logReplicas">Logarithm of the most devices of a stage.</param>
    public StageMeasurer(CostGraph graph, long microBatch, int logReplicas)
    {
        _graph = graph;
        _time = [.. Enumerable.Range(0, logReplicas + 1).Select(log => graph.Nodes.Select(n => n.Compute(Math.Max(1, microBatch >> log)).Value).ToArray())];
        _inside = new int[graph.Nodes.Length];
        _seen = new int[graph.Values.Length];
        _left = new int[graph.Values.Length];
        var names = graph.Nodes.SelectMany(n => n.SharedParameters).GroupBy(p => p.Name).ToList();
        var numbers = names.Select((g, i) => (g.Key, i)).ToDictionary(p => p.Key, p => p.i);
        _sharedBytes = [.. names.Select(g => g.First().Size.Value)];
        _sharedSeen = new int[names.Count];
        _shared = [.. graph.Nodes.Select(n => n.SharedParameters.Select(p => numbers[p.Name]).ToArray())];
    }

    public void Begin()
    {
        _stamp++;
        _compute = new double[_time.Length];
        _traffic = _trained = _frozen = _saved = _workspace = 0;
    }

    public void Add(int node)
    {
        var cost = _graph.Nodes[node];
        _inside[node] = _stamp;
        for (int log = 0; log < _time.Length; log++)
            _compute[log] += _time[log][node];
        _trained += cost.ParameterBytes.Value;
        _frozen += cost.FrozenBytes.Value;
        _saved += cost.SavedPerSample.Value;
        _workspace = Math.Max(_workspace, cost.Workspace.Value);
        foreach (int p in _shared[node])
        {
            if (_sharedSeen[p] != _stamp)
                _trained += _sharedBytes[p];
            _sharedSeen[p] = _stamp;
        }

        foreach (int v in _graph.InputsOf[node])
        {
            var value = _graph.Values[v];
            if (_inside[value.Producer.Value] == _stamp)
            {
                if (--_left[v] == 0)
                    _traffic -= value.BytesPerSample.Value;
            }
            else if (_seen[v] != _stamp)
            {
                _seen[v] = _stamp;
                _traffic += value.BytesPerSample.Value;
            }
        }

        foreach (int v in _graph.OutputsOf[node])
        {
            _left[v] = _graph.Values[v].Consumers.Length;
            _traffic += _graph.Values[v].BytesPerSample.Value;
        }
    }

    public StageMeasure Sum => new(_compute[0], _traffic, _trained, _frozen, _saved, _workspace)
    {
        Shared = _compute.Length > 1 ? _compute[1..] : null,
    };

    public StageMeasure Of(IEnumerable<int> nodes)
    {
        Begin();
        foreach (int node in nodes)
            Add(node);
        return Sum;
    }
}
