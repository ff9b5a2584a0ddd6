using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Looks at every partition of a small graph: nodes join, in topological order, a stage that exists or a new one; what would close a circle of
/// stages, takes longer than the best known plan already or fits no device is left out. Every complete partition is tried with every number of replicas
/// (powers of two), every size of micro-batches and every assignment of devices that may matter. Exact.
/// </summary>
internal sealed class ExhaustiveSearch
{
    /// <summary>The most nodes: beyond, there are too many partitions.</summary>
    public const int MaxNodes = 12;

    /// <summary>The most devices, which may all be unlike.</summary>
    public const int MaxDevices = 8;

    private readonly PartitionRequest _request;
    private readonly PlanScorer _scorer;
    private readonly DeviceAssignments _assignments;
    private readonly StageLayout _layout;
    private readonly StageLayout _best;
    private readonly int[] _order;
    private readonly int[][] _predecessors;
    private readonly int[] _replicas;
    private readonly int[] _reach;
    private readonly double[] _least;
    private readonly double[] _cost;
    private readonly double[] _bytes;
    private readonly double[] _memory;
    private readonly int _most;
    private readonly int _maxReplicas;
    private readonly double[] _tps;
    private long[] _sizes = [];
    private double _fastest;
    private double _roomiest;

    /// <param name="scorer">Of the same request, for at least <see cref="MaxNodes"/> stages.</param>
    public ExhaustiveSearch(PartitionRequest request, PlanScorer scorer)
    {
        _request = request;
        _scorer = scorer;
        _assignments = new DeviceAssignments(request);
        int nodes = request.Graph.Nodes.Length;
        _most = Math.Min(nodes, request.Topology.Devices.Length);
        _maxReplicas = request.Stages is null ? Math.Min(request.MaxReplicas, request.Topology.Devices.Length) : 1;
        _layout = new StageLayout(nodes, nodes);
        _best = new StageLayout(nodes, nodes);
        _order = [.. request.Graph.TopologicalOrder.Select(n => n.Value)];
        _predecessors = [.. Enumerable.Range(0, nodes).Select(n => request.Graph.Predecessors(n).ToArray())];
        _replicas = new int[nodes];
        _reach = new int[nodes];
        _least = new double[nodes];
        _cost = new double[nodes];
        _bytes = new double[nodes];
        _memory = new double[nodes];
        // By stage, size (at most 64) and logarithm of the replicas (at most 4): time per sample without messages.
        _tps = new double[nodes * 64 * 4];
        BestScore = LayoutScore.Cyclic;
    }

    /// <summary>Whether the request is small enough, and of a schedule that the scorer knows.</summary>
    public static bool Accepts(PartitionRequest request) =>
        request.Graph.Nodes.Length <= MaxNodes && request.Topology.Devices.Length <= MaxDevices && PlanScorer.Knows(request.Schedule.Name);

    public LayoutScore BestScore { get; private set; }

    /// <summary>The best layout; null if none was offered and none fits.</summary>
    public StageLayout? Best => BestScore.IsPossible ? _best : null;

    /// <summary>Makes a known plan the one to beat.</summary>
    public void Offer(StageLayout layout) => Keep(layout, _scorer.Score(layout));

    /// <param name="sizes">Micro-batch sizes to try.</param>
    public void Run(IReadOnlyList<long> sizes)
    {
        _fastest = _request.Topology.Devices.Max(d => d.Speed);
        if (_request.MicroBatch.IsPerStage)
        {
            RunWith([.. sizes]);
            return;
        }

        foreach (long size in sizes)
            RunWith([size]);
    }

    private void RunWith(long[] sizes)
    {
        _sizes = sizes;
        // The least time per sample of each node, on its own.
        for (int n = 0; n < _cost.Length; n++)
        {
            _cost[n] = double.PositiveInfinity;
            foreach (long size in sizes)
            {
                for (int d = 1; d <= _maxReplicas && size % d == 0; d *= 2)
                    _cost[n] = Math.Min(_cost[n], _scorer.Compute(size / d)[n] / size / _fastest);
            }
        }

        // The least memory: one micro-batch in flight, shared out as far as can be.
        double state = Objective.State(_request, _maxReplicas);
        double samples = _request.Recompute == RecomputeChoice.Off ? sizes.Min(size => (double)Math.Max(1, size / _maxReplicas)) : 0;
        for (int n = 0; n < _memory.Length; n++)
        {
            var node = _request.Graph.Nodes[n];
            _memory[n] = state * node.ParameterBytes.Value + node.FrozenBytes.Value + samples * node.SavedPerSample.Value;
        }

        _roomiest = Enumerable.Range(0, _request.Topology.Devices.Length).Max(d => _request.LimitOf(new DeviceId(d)).Value);
        _layout.Count = 0;
        Place(0);
    }

    private void Place(int position)
    {
        if (position == _order.Length)
        {
            if (_request.Stages is null || _layout.Count == _request.Stages)
            {
                Tabulate();
                Complete(0, _request.Topology.Devices.Length);
            }

            return;
        }

        int most = Math.Min(_request.Stages ?? _most, _most);
        if (_layout.Count + _order.Length - position < (_request.Stages ?? 0))
            return;
        int node = _order[position];
        Span<int> saved = stackalloc int[_layout.Count];
        for (int s = 0; s <= _layout.Count && s < most; s++)
        {
            if (s == _layout.Count)
            {
                _layout.Count++;
                _reach[s] = 0;
                _least[s] = _bytes[s] = 0;
                Link(node, s);
                Descend(position, node, s);
                _layout.Count--;
                _reach.AsSpan(0, saved.Length).CopyTo(saved);
                break;
            }

            _reach.AsSpan(0, saved.Length).CopyTo(saved);
            if (Link(node, s))
                Descend(position, node, s);
            saved.CopyTo(_reach);
        }
    }

    private void Descend(int position, int node, int stage)
    {
        _layout.StageOf[node] = stage;
        var before = (_least[stage], _bytes[stage]);
        _least[stage] += _cost[node];
        _bytes[stage] += _memory[node];
        if (IsPromising(_least[stage]) && _bytes[stage] <= _roomiest)
            Place(position + 1);
        (_least[stage], _bytes[stage]) = before;
    }

    // A mini-batch takes at least as long as the slowest stage does for all its samples.
    private bool IsPromising(double tps) => !BestScore.Fits || tps * (_request.Objective == PlanObjective.Tps ? 1 : _request.MiniBatch) < BestScore.Value;

    private void Tabulate()
    {
        Array.Clear(_tps, 0, _layout.Count * 256);
        for (int i = 0; i < _sizes.Length; i++)
        {
            for (int log = 0; 1 << log <= _maxReplicas && _sizes[i] % (1 << log) == 0; log++)
            {
                double[] times = _scorer.Compute(_sizes[i] >> log);
                for (int n = 0; n < times.Length; n++)
                    _tps[(_layout.StageOf[n] * 64 + i) * 4 + log] += times[n] / _sizes[i] / _fastest;
            }
        }
    }

    /// <summary>Adds the edges into a node that joins a stage.</summary>
    /// <returns>False if that closes a circle.</returns>
    private bool Link(int node, int stage)
    {
        foreach (int predecessor in _predecessors[node])
        {
            int from = _layout.StageOf[predecessor];
            if (from == stage)
                continue;
            if ((_reach[stage] & (1 << from)) != 0)
                return false;
            int reached = _reach[stage] | (1 << stage);
            for (int s = 0; s < _layout.Count; s++)
            {
                if (s == from || (_reach[s] & (1 << from)) != 0)
                    _reach[s] |= reached;
            }
        }

        return true;
    }

    // Replicas and sizes for the stages from the given one on.
    private void Complete(int stage, int devices)
    {
        if (stage == _layout.Count)
        {
            _assignments.ForEach(_layout, _replicas, () => Keep(_layout, _scorer.Score(_layout)));
            return;
        }

        int left = _layout.Count - stage - 1;
        for (int i = 0; i < _sizes.Length; i++)
        {
            _layout.MicroBatch[stage] = _sizes[i];
            for (int log = 0; 1 << log <= Math.Min(_maxReplicas, devices - left) && _sizes[i] % (1 << log) == 0; log++)
            {
                if (!IsPromising(_tps[(stage * 64 + i) * 4 + log]))
                    continue;
                _replicas[stage] = 1 << log;
                Complete(stage + 1, devices - (1 << log));
            }
        }
    }

    private void Keep(StageLayout layout, in LayoutScore score)
    {
        if (!score.IsBetterThan(BestScore) || !score.IsPossible)
            return;
        BestScore = score;
        _best.CopyFrom(layout);
    }
}
