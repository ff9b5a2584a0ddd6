
namespace GraphPipe.Planning;

/// <summary>What a layout is worth.</summary>
/// <param name="Value">What the request wants to be small; infinite if the stage graph has a cycle.</param>
/// <param name="Excess">Bytes over the devices' memory, all stages together.</param>
/// <param name="Slowest">Number of the slowest stage.</param>
/// <param name="Work">Sum over the stages of the square of their time per sample: tells layouts of equal value apart.</param>
internal readonly record struct LayoutScore(double Value, double Excess, int Slowest, double Work)
{
    public static readonly LayoutScore Cyclic = new(double.PositiveInfinity, double.PositiveInfinity, -1, double.PositiveInfinity);

    public bool Fits => Excess <= 0;

    public bool IsPossible => Slowest >= 0;

    /// <summary>Whether this is really better, rounding apart: memory first, then the objective, then balance.</summary>
    public bool IsBetterThan(in LayoutScore other)
    {
        const double Rounding = 1e-9;
        if (Excess != other.Excess && !(Fits && other.Fits))
            return Excess < other.Excess;
        if (Math.Abs(Value - other.Value) > Rounding * other.Value)
            return Value < other.Value;
        return Work < other.Work * (1 - Rounding);
    }
}

/// <summary>
/// <see cref="Objective"/> on arrays, for searches that look at millions of layouts: the same numbers, without a plan around them. For schedules
/// whose in-flight samples are those of 1F1B (with k = 1) or the whole mini-batch; stages run as a graph.
/// </summary>
internal sealed class PlanScorer
{
    private readonly PartitionRequest _request;
    private readonly CostGraph _graph;
    private readonly bool _allInFlight;
    private readonly bool _isUniform;
    private readonly double _uniformLink;
    private readonly Dictionary<long, double[]> _compute = [];
    private readonly Dictionary<long, double[]> _forward = [];
    private readonly int[][] _shared;
    private readonly long[] _sharedBytes;
    private readonly long[] _sharedSeen;
    private readonly long[] _touched;
    private readonly long[] _trained, _frozen, _saved, _workspace;
    private readonly (int Producer, long Bytes, int[] Consumers)[] _values;
    private readonly StageFigures[] _stages;
    private readonly List<int>[] _after;
    private readonly int[] _waiting;
    private readonly int[] _order;
    private readonly int[] _linked;
    private readonly double[] _path;
    private long _stamp;
    private int _edgeStamp;

    /// <param name="capacity">The most stages a layout has.</param>
    public PlanScorer(PartitionRequest request, int capacity)
    {
        _request = request;
        _graph = request.Graph;
        _allInFlight = request.Schedule.Name == "gpipe";
        _isUniform = request.Topology.IsOneNode;
        _uniformLink = request.Topology.IntraNode.BytesPerMicrosecond;
        var names = _graph.Nodes.SelectMany(n => n.SharedParameters).DistinctBy(p => p.Name).ToList();
        var numbers = names.Select((p, i) => (p.Name, i)).ToDictionary(p => p.Name, p => p.i, StringComparer.Ordinal);
        _shared = [.. _graph.Nodes.Select(n => n.SharedParameters.Select(p => numbers[p.Name]).ToArray())];
        _sharedBytes = [.. names.Select(p => p.Size.Value)];
        _sharedSeen = new long[names.Count * capacity];
        _touched = new long[capacity];
        _trained = [.. _graph.Nodes.Select(n => n.ParameterBytes.Value)];
        _frozen = [.. _graph.Nodes.Select(n => n.FrozenBytes.Value)];
        _saved = [.. _graph.Nodes.Select(n => n.SavedPerSample.Value)];
        _workspace = [.. _graph.Nodes.Select(n => n.Workspace.Value)];
        _values = [.. _graph.Values.Select(v => (v.Producer.Value, v.BytesPerSample.Value, v.Consumers.Select(c => c.Value).ToArray()))];
        _stages = new StageFigures[capacity];
        _after = [.. Enumerable.Range(0, capacity).Select(_ => new List<int>())];
        _waiting = new int[capacity];
        _order = new int[capacity];
        _linked = new int[capacity * capacity];
        _path = new double[capacity];
    }

    /// <summary>Layouts scored.</summary>
    public long States { get; private set; }

    /// <summary>Whether <see cref="Score"/> knows the schedule.</summary>
    public static bool Knows(string schedule) => schedule is "1f1b" or "kfkb" or "gpipe";

    /// <summary>Time per sample of a stage in the last score.</summary>
    public double TpsOf(int stage) => _stages[stage].Tps;

    /// <summary>The stages of the last score in a topological order.</summary>
    public ReadOnlySpan<int> Order(int count) => _order.AsSpan(0, count);

    /// <summary>Forward and backward of each node for so many samples on a device of speed 1.</summary>
    public double[] Compute(long samples)
    {
        if (!_compute.TryGetValue(samples, out double[]? times))
            _compute.Add(samples, times = [.. _graph.Nodes.Select(n => n.Compute(samples).Value)]);
        return times;
    }

    public LayoutScore Score(StageLayout layout)
    {
        States++;
        _request.Cancellation.ThrowIfCancellationRequested();
        Begin(layout);
        AddNodes(layout);
        AddValues(layout);
        return Sort(layout.Count) ? Judge(layout) : LayoutScore.Cyclic;
    }

    private void Begin(StageLayout layout)
    {
        _stamp++;
        _edgeStamp++;
        for (int s = 0; s < layout.Count; s++)
        {
            long samples = layout.MicroBatch[s] / layout.Devices[s].Length;
            _stages[s] = new StageFigures { Times = Compute(samples), Link = double.PositiveInfinity };
            _after[s].Clear();
            _waiting[s] = 0;
        }
    }

    private void AddNodes(StageLayout layout)
    {
        long stamp = _stamp;
        for (int n = 0; n < _trained.Length; n++)
        {
            int s = layout.StageOf[n];
            ref var stage = ref _stages[s];
            stage.Compute += stage.Times[n];
            stage.Trained += _trained[n];
            stage.Frozen += _frozen[n];
            stage.Saved += _saved[n];
            stage.Workspace = Math.Max(stage.Workspace, _workspace[n]);
            foreach (int p in _shared[n])
            {
                ref long seen = ref _sharedSeen[s * _sharedBytes.Length + p];
                if (seen != stamp)
                    stage.Trained += _sharedBytes[p];
                seen = stamp;
            }
        }
    }

    private void AddValues(StageLayout layout)
    {
        foreach (var (producer, bytes, consumers) in _values)
        {
            int from = layout.StageOf[producer];
            long mark = ++_stamp;
            foreach (int consumer in consumers)
            {
                int to = layout.StageOf[consumer];
                if (to == from || _touched[to] == mark)
                    continue;
                _touched[to] = mark;
                _stages[from].Traffic += bytes;
                _stages[to].Traffic += bytes;
                _stages[to].Incoming += bytes;
                ref int linked = ref _linked[from * _path.Length + to];
                if (linked == _edgeStamp)
                    continue;
                linked = _edgeStamp;
                _after[from].Add(to);
                _waiting[to]++;
                double link = _isUniform ? _uniformLink : _request.Topology.SlowestBetween(layout.Devices[from], layout.Devices[to]);
                _stages[from].Link = Math.Min(_stages[from].Link, link);
                _stages[to].Link = Math.Min(_stages[to].Link, link);
            }
        }
    }

    // Kahn; false if there is a cycle.
    private bool Sort(int count)
    {
        int end = 0;
        for (int s = 0; s < count; s++)
        {
            if (_waiting[s] == 0)
                _order[end++] = s;
        }

        for (int i = 0; i < end; i++)
        {
            foreach (int next in _after[_order[i]])
            {
                if (--_waiting[next] == 0)
                    _order[end++] = next;
            }
        }

        return end == count;
    }

    private LayoutScore Judge(StageLayout layout)
    {
        double excess = 0, worst = -1, work = 0;
        int slowest = -1;
        bool isTied = false;
        for (int i = layout.Count - 1; i >= 0; i--)
        {
            int s = _order[i];
            ref var stage = ref _stages[s];
            stage.InFlight = InFlightOf(layout, s);
            Time(layout, s, ref stage);
            double path = 0;
            foreach (int next in _after[s])
                path = Math.Max(path, _path[next]);
            _path[s] = path + layout.MicroBatch[s] * stage.Tps;
            excess += stage.Over;
            work += stage.Tps * stage.Tps;
            if (stage.Tps > worst)
                (worst, slowest, isTied) = (stage.Tps, s, false);
            else if (stage.Tps == worst)
                isTied |= layout.MicroBatch[s] != layout.MicroBatch[slowest];
        }

        if (isTied)
            slowest = FirstOf(layout, worst);
        double longest = 0;
        for (int s = 0; s < layout.Count; s++)
            longest = Math.Max(longest, _path[s]);
        double value = _request.Objective == PlanObjective.Tps ? worst : worst * (_request.MiniBatch - layout.MicroBatch[slowest]) + longest;
        return new LayoutScore(value, excess, slowest, work);
    }

    // Of equally slow stages the plan's first one decides, as in Objective.
    private int FirstOf(StageLayout layout, double tps)
    {
        var stages = layout.ToStages();
        var sorted = StageSets.Sort(_request.Graph, [.. stages.Select(s => s.Nodes)])!.Value;
        return sorted.Select(nodes => layout.StageOf[nodes[0].Value]).First(s => _stages[s].Tps == tps);
    }

    private long InFlightOf(StageLayout layout, int s)
    {
        if (_allInFlight)
            return _request.MiniBatch;
        long size = layout.MicroBatch[s], most = size;
        foreach (int next in _after[s])
            most = Math.Max(most, InFlight.Before(size, _stages[next].Unbounded, layout.MicroBatch[next]));
        most = (most + size - 1) / size * size;
        _stages[s].Unbounded = most;
        return Math.Min(_request.MiniBatch, most);
    }

    private void Time(StageLayout layout, int s, ref StageFigures stage)
    {
        var devices = layout.Devices[s];
        int d = devices.Length;
        long size = layout.MicroBatch[s], samples = size / d;
        double speed = double.PositiveInfinity, memory = double.PositiveInfinity;
        foreach (var device in devices)
        {
            speed = Math.Min(speed, _request.Topology[device].Speed);
            memory = Math.Min(memory, _request.LimitOf(device).Value);
        }

        double state = Math.Ceiling(Objective.State(_request, d) * stage.Trained) + stage.Frozen + stage.Workspace;
        double needed = state + Math.Ceiling((double)stage.InFlight / d * stage.Saved);
        if (_request.Recompute == RecomputeChoice.All || (_request.Recompute == RecomputeChoice.Auto && needed > memory))
        {
            needed = state + Math.Ceiling((double)stage.InFlight / d * stage.Incoming + (double)size / d * stage.Saved);
            stage.Compute += ForwardOf(layout, s, samples);
        }

        double compute = stage.Compute / speed;
        double communication = stage.Traffic == 0 ? 0 : 2.0 * stage.Traffic * samples / stage.Link;
        double allReduce = d == 1 ? 0 : 2.0 * (d - 1) / d * stage.Trained / (_isUniform ? _uniformLink : _request.Topology.SlowestBetween(devices, devices));
        stage.Tps = Math.Max(compute, communication) / size + allReduce / _request.MiniBatch;
        stage.Over = Math.Max(0, needed - memory);
    }

    private double ForwardOf(StageLayout layout, int stage, long samples)
    {
        if (!_forward.TryGetValue(samples, out double[]? times))
            _forward.Add(samples, times = [.. _graph.Nodes.Select(n => n.Forward.At(samples).Value)]);
        double sum = 0;
        for (int n = 0; n < times.Length; n++)
        {
            if (layout.StageOf[n] == stage)
                sum += times[n];
        }

        return sum;
    }

    private struct StageFigures
    {
        public double[] Times;
        public double Compute;
        public long Trained;
        public long Frozen;
        public long Saved;
        public long Workspace;
        public long Traffic;
        public long Incoming;
        public double Link;
        public long InFlight;
        public long Unbounded;
        public double Tps;
        public double Over;
    }
}
