using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Descends from a layout to one that no single move betters. Moves: a node with everything behind it (or before it) in its stage goes to a
/// neighbour stage or to a device that is free; two neighbours become one stage, on the devices of one or of both; a stage gets twice or half its
/// devices; two stages exchange devices; micro-batches double or halve. Unlike the series-parallel recursion it may put pieces of two branches
/// into one stage. Deterministic: it ends at a local optimum or after a number of layouts.
/// </summary>
internal sealed class LocalSearch
{
    private readonly PartitionRequest _request;
    private readonly PlanScorer _scorer;
    private readonly int[][] _after;
    private readonly int[][] _before;
    private readonly int[] _position;
    private readonly StageLayout _trial;
    private readonly int _capacity;
    private readonly bool _areAlike;
    private readonly DeviceArrangement? _arrangement;
    private readonly int _maxReplicas;
    private readonly List<int> _cone = [];
    private readonly bool[] _inCone;

    /// <param name="scorer">For layouts of <paramref name="capacity"/> stages.</param>
    public LocalSearch(PartitionRequest request, PlanScorer scorer, int capacity)
    {
        _request = request;
        _scorer = scorer;
        _capacity = capacity;
        int nodes = request.Graph.Nodes.Length;
        _after = [.. Enumerable.Range(0, nodes).Select(n => request.Graph.Successors(n).ToArray())];
        _before = [.. Enumerable.Range(0, nodes).Select(n => request.Graph.Predecessors(n).ToArray())];
        _position = new int[nodes];
        for (int i = 0; i < nodes; i++)
            _position[request.Graph.TopologicalOrder[i].Value] = i;
        _trial = new StageLayout(nodes, capacity);
        _inCone = new bool[nodes];
        var topology = request.Topology;
        _areAlike = topology.IsOneNode && topology.HasOneSpeed && Enumerable.Range(0, topology.Devices.Length).All(d => request.LimitOf(new DeviceId(d)) == request.LimitOf(new DeviceId(0)));
        _maxReplicas = request.Stages is null ? Math.Min(request.MaxReplicas, request.Topology.Devices.Length) : 1;
        // Replicas in unlike nodes are slow to agree, so a move may need all stages to change places.
        if (_maxReplicas > 1 && !topology.IsOneNode && topology.HasOneSpeed)
            _arrangement = new DeviceArrangement(topology);
    }

    /// <summary>Improves a layout in place.</summary>
    /// <param name="limit">Layouts to look at, at most.</param>
    public LayoutScore Improve(StageLayout layout, long limit)
    {
        var score = _scorer.Score(layout);
        long end = _scorer.States + limit;
        while (_scorer.States < end && (MoveNodes(layout, ref score, end) | ChangeStages(layout, ref score) | ChangeSizes(layout, ref score)))
        {
        }

        return score;
    }

    /// <summary>Improves a layout in place by joining stages alone, on the devices of one or of both, and by giving stages more or fewer devices.</summary>
    public LayoutScore Join(StageLayout layout, long limit)
    {
        var score = _scorer.Score(layout);
        long end = _scorer.States + limit;
        while (_scorer.States < end && ChangeStages(layout, ref score))
        {
        }

        return score;
    }

    private bool IsFixed => _request.Stages is not null;

    // Cones of nodes, the slowest stages first.
    private bool MoveNodes(StageLayout layout, ref LayoutScore score, long end)
    {
        bool any = false;
        foreach (int stage in BySlowness(layout))
        {
            if (stage >= layout.Count)
                continue;
            var nodes = Enumerable.Range(0, layout.StageOf.Length).Where(n => layout.StageOf[n] == stage).OrderBy(n => _position[n]).ToList();
            foreach (int node in nodes)
            {
                foreach (bool forward in (bool[])[true, false])
                {
                    if (_scorer.States >= end)
                        return any;
                    if (layout.StageOf[node] == stage && stage < layout.Count)
                        any |= MoveCone(layout, node, forward, ref score);
                }
            }
        }

        return any;
    }

    private List<int> BySlowness(StageLayout layout)
    {
        _scorer.Score(layout);
        return [.. Enumerable.Range(0, layout.Count).OrderByDescending(_scorer.TpsOf)];
    }

    private bool MoveCone(StageLayout layout, int node, bool forward, ref LayoutScore score)
    {
        int from = layout.StageOf[node];
        Cone(layout, node, forward);
        int size = 0;
        for (int n = 0; n < layout.StageOf.Length; n++)
            size += layout.StageOf[n] == from ? 1 : 0;
        bool empties = _cone.Count == size;
        if (empties && IsFixed)
            return false;

        // Neighbours of the cone on the side it moves to, and behind them, since a neighbour may be closed by a cycle.
        var targets = new SortedSet<int>();
        foreach (int n in _cone)
        {
            foreach (int other in forward ? _after[n] : _before[n])
                targets.Add(layout.StageOf[other]);
        }

        // Pieces of different branches may share a stage that neither reads from the other.
        for (int s = 0; s < layout.Count && layout.Count <= 16; s++)
            targets.Add(s);
        targets.Remove(from);
        foreach (int to in targets)
        {
            _trial.CopyFrom(layout);
            foreach (int n in _cone)
                _trial.StageOf[n] = to;
            if (empties)
                Remove(_trial, from);
            if (Take(layout, ref score))
                return true;
        }

        if (IsFixed || empties || layout.Count >= _capacity)
            return false;
        foreach (var device in Free(layout))
        {
            _trial.CopyFrom(layout);
            foreach (int n in _cone)
                _trial.StageOf[n] = layout.Count;
            _trial.Devices[layout.Count] = [device];
            _trial.MicroBatch[layout.Count] = layout.MicroBatch[from];
            _trial.Count++;
            if (Take(layout, ref score))
                return true;
        }

        return false;
    }

    // A node and what lies behind (or before) it in its stage.
    private void Cone(StageLayout layout, int node, bool forward)
    {
        foreach (int n in _cone)
            _inCone[n] = false;
        _cone.Clear();
        _cone.Add(node);
        _inCone[node] = true;
        for (int i = 0; i < _cone.Count; i++)
        {
            foreach (int next in forward ? _after[_cone[i]] : _before[_cone[i]])
            {
                if (_inCone[next] || layout.StageOf[next] != layout.StageOf[node])
                    continue;
                _inCone[next] = true;
                _cone.Add(next);
            }
        }
    }

    private bool ChangeStages(StageLayout layout, ref LayoutScore score)
    {
        bool any = false;
        for (int a = 0; a < layout.Count; a++)
        {
            for (int b = 0; b < layout.Count && a < layout.Count; b++)
            {
                if (a == b)
                    continue;
                any |= !IsFixed && Merge(layout, a, b, ref score);
                any |= a < b && b < layout.Count && !_areAlike && Exchange(layout, a, b, ref score);
            }

            any |= a < layout.Count && Replicate(layout, a, ref score);
        }

        return any;
    }

    // Stage b becomes part of stage a, on a's devices or on those of both.
    private bool Merge(StageLayout layout, int a, int b, ref LayoutScore score)
    {
        if (a >= layout.Count || b >= layout.Count)
            return false;
        DeviceId[] both = [.. layout.Devices[a], .. layout.Devices[b]];
        foreach (var devices in (DeviceId[][])[layout.Devices[a], both])
        {
            if (!IsReplication(devices.Length, layout.MicroBatch[a]))
                continue;
            _trial.CopyFrom(layout);
            for (int n = 0; n < _trial.StageOf.Length; n++)
            {
                if (_trial.StageOf[n] == b)
                    _trial.StageOf[n] = a;
            }

            _trial.Devices[a] = devices;
            Remove(_trial, b);
            if (Take(layout, ref score))
                return true;
        }

        return false;
    }

    private bool Exchange(StageLayout layout, int a, int b, ref LayoutScore score)
    {
        if (!IsReplication(layout.Devices[a].Length, layout.MicroBatch[b]) || !IsReplication(layout.Devices[b].Length, layout.MicroBatch[a]))
            return false;
        _trial.CopyFrom(layout);
        (_trial.Devices[a], _trial.Devices[b]) = (layout.Devices[b], layout.Devices[a]);
        return Take(layout, ref score);
    }

    private bool Replicate(StageLayout layout, int stage, ref LayoutScore score)
    {
        bool any = false;
        var devices = layout.Devices[stage];
        var free = AllFree(layout);
        if (free.Count >= devices.Length && IsReplication(2 * devices.Length, layout.MicroBatch[stage]))
        {
            _trial.CopyFrom(layout);
            _trial.Devices[stage] = [.. devices, .. free.Take(devices.Length)];
            any |= Take(layout, ref score);
        }

        if (layout.Devices[stage].Length > 1)
        {
            _trial.CopyFrom(layout);
            _trial.Devices[stage] = layout.Devices[stage][..(layout.Devices[stage].Length / 2)];
            any |= Take(layout, ref score);
        }

        if (!_areAlike && layout.Devices[stage].Length == 1)
        {
            foreach (var device in Free(layout))
            {
                _trial.CopyFrom(layout);
                _trial.Devices[stage] = [device];
                any |= Take(layout, ref score);
            }
        }

        return any;
    }

    private bool ChangeSizes(StageLayout layout, ref LayoutScore score)
    {
        if (_request.MicroBatch.Samples is not null || _request.MicroBatch.Count is not null)
            return false;
        bool any = false;
        int stages = _request.MicroBatch.IsPerStage ? layout.Count : 1;
        for (int s = 0; s < stages; s++)
        {
            foreach (bool up in (bool[])[true, false])
            {
                _trial.CopyFrom(layout);
                for (int t = 0; t < layout.Count; t++)
                {
                    if (t == s || !_request.MicroBatch.IsPerStage)
                        _trial.MicroBatch[t] = up ? 2 * layout.MicroBatch[t] : layout.MicroBatch[t] / 2;
                }

                bool divides = Enumerable.Range(0, layout.Count).All(t => _trial.MicroBatch[t] > 0 && (up || layout.MicroBatch[t] % 2 == 0) && _request.MiniBatch % _trial.MicroBatch[t] == 0 && _trial.MicroBatch[t] % layout.Devices[t].Length == 0);
                any |= divides && Take(layout, ref score);
            }
        }

        return any;
    }

    private bool IsReplication(int devices, long microBatch) => devices <= _maxReplicas && (devices & (devices - 1)) == 0 && microBatch % devices == 0;

    private bool Take(StageLayout layout, ref LayoutScore score)
    {
        var found = _scorer.Score(_trial);
        if (!found.IsPossible)
            return false;
        if (!found.IsBetterThan(score))
        {
            if (_arrangement is null || !_trial.HasReplicas)
                return false;
            Arrange();
            found = _scorer.Score(_trial);
            if (!found.IsBetterThan(score))
                return false;
        }

        layout.CopyFrom(_trial);
        score = found;
        return true;
    }

    private void Arrange()
    {
        var order = _scorer.Order(_trial.Count);
        var devices = _arrangement!.Of([.. order.ToArray().Select(s => _trial.Devices[s].Length)]);
        for (int i = 0; i < order.Length; i++)
            _trial.Devices[order[i]] = devices[i];
    }

    private List<DeviceId> AllFree(StageLayout layout)
    {
        var used = layout.Devices.Take(layout.Count).SelectMany(d => d).ToHashSet();
        return [.. Enumerable.Range(0, _request.Topology.Devices.Length).Select(d => new DeviceId(d)).Where(d => !used.Contains(d))];
    }

    // Free devices, alike ones once.
    private IEnumerable<DeviceId> Free(StageLayout layout) =>
        _areAlike ? AllFree(layout).Take(1) : AllFree(layout).DistinctBy(d => (_request.Topology[d].Node, _request.Topology[d].Speed, _request.LimitOf(d)));

    private static void Remove(StageLayout layout, int stage)
    {
        int last = --layout.Count;
        if (stage == last)
            return;
        for (int n = 0; n < layout.StageOf.Length; n++)
        {
            if (layout.StageOf[n] == last)
                layout.StageOf[n] = stage;
        }

        layout.Devices[stage] = layout.Devices[last];
        layout.MicroBatch[stage] = layout.MicroBatch[last];
    }
}
