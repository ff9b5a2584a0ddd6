using System.Numerics;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Looks at every partition of a small graph: nodes join, in topological order, a stage that exists or a new one; what would close a circle of
/// stages, or takes longer than the best known plan already, is left out. Every complete partition is tried with every number of replicas
/// (powers of two), every size of micro-batches and every assignment of devices that may matter. Exact.
/// </summary>
internal sealed class ExhaustiveSearch
{
    /// <summary>The most nodes: beyond, there are too many partitions.</summary>
    public const int MaxNodes = 12;

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
    private readonly int _most;
    private readonly int _maxReplicas;
    private long[] _sizes = [];
    private double _fastest;

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
        BestScore = LayoutScore.Cyclic;
    }

    public LayoutScore BestScore { get; private set; }

    /// <summary>The best layout; null if nothing was found.</summary>
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

        _layout.Count = 0;
        Place(0);
    }

    private void Place(int position)
    {
        if (position == _order.Length)
        {
            if (_request.Stages is null || _layout.Count == _request.Stages)
                Complete(0, _request.Topology.Devices.Length);
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
                _least[s] = 0;
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
        double before = _least[stage];
        _least[stage] += _cost[node];
        // A mini-batch takes at least as long as the slowest stage does for all its samples.
        double bound = _least[stage] * (_request.Objective == PlanObjective.Tps ? 1 : _request.MiniBatch);
        if (!BestScore.Fits || bound < BestScore.Value)
            Place(position + 1);
        _least[stage] = before;
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
        foreach (long size in _sizes)
        {
            _layout.MicroBatch[stage] = size;
            for (int d = 1; d <= Math.Min(_maxReplicas, devices - left) && size % d == 0; d *= 2)
            {
                _replicas[stage] = d;
                Complete(stage + 1, devices - d);
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
