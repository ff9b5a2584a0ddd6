namespace GraphPipe.Planning.Peers;

/// <summary>
/// Piper's dynamic programme (section 4 of the paper): for every down-set, number of devices and count of replicas the least time of the
/// slowest of the stages that cover it, from the last stage towards the first. Only what can be part of a plan below a target is kept, which
/// does not change the answer if there is such a plan: a set is covered by at least as many devices as its work needs at the target, and by at
/// most as many as leave enough for the rest.
/// </summary>
internal sealed class SequenceSearch
{
    /// <summary>Entries of the table, 14 bytes each.</summary>
    public const long MaxPlaces = 1 << 26;

    // Relative: sums in another order must not exclude what they are equal to.
    private const double Rounding = 1e-9;

    private readonly SequenceSums _sums;
    private readonly SequenceProblem _problem;
    private readonly StageMemory _memory;
    private readonly LargerSets _larger;
    private readonly int _devices;
    private readonly int _counts;
    private readonly int[] _low, _high;
    private readonly long[] _offset;
    private readonly double[] _extra;
    private readonly int[] _extraStamp;
    private double[] _time = [];
    private int[] _smaller = [];
    private ushort[] _mode = [];
    private (int Devices, int Count, double Time)[] _from = new (int, int, double)[64];
    private int _fromCount;
    private int _pair;
    private double _target;

    public SequenceSearch(SequenceSums sums, StageMemory memory, LargerSets larger)
    {
        _sums = sums;
        _problem = sums.Problem;
        _memory = memory;
        _larger = larger;
        _devices = _problem.ExactDevices ?? (_problem.IsCountDevices ? Math.Min(_problem.Devices, _problem.MaxCount) : _problem.Devices);
        _counts = _problem.IsCountDevices ? 1 : _problem.MaxCount + 1;
        _low = new int[sums.Sets.Count];
        _high = new int[sums.Sets.Count];
        _offset = new long[sums.Sets.Count + 1];
        _extra = new double[_problem.Costs.Length * _problem.InFlight.Length];
        _extraStamp = new int[_extra.Length];
    }

    /// <summary>Pairs of sets whose stage was measured, over all runs.</summary>
    public long States { get; private set; }

    /// <summary>Whether the last run gave up, for its table would have had more than <see cref="MaxPlaces"/> entries.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>The least time per micro-batch that any plan could have.</summary>
    public double LeastTime => _sums.Work[_sums.Whole] / _devices;

    /// <returns>The stages from the first to the last of the best plan, if its slowest stage takes at most <paramref name="target"/>; else null.</returns>
    public List<SequenceStage>? Run(double target)
    {
        _target = Math.Max(target, 1e-300) * (1 + Rounding);
        Allocate();
        if (IsTooLarge)
            return null;
        _time[Place(0, 0, 0)] = 0;
        for (int smaller = 0; smaller < _sums.Whole; smaller++)
        {
            _problem.Cancellation.ThrowIfCancellationRequested();
            if (!Collect(smaller, out int fewest))
                continue;
            Measure(smaller, _sums.Whole);
            if (_devices - fewest < 2)
                continue;
            foreach (int larger in _larger.Walk(smaller, (_devices - fewest - 1) * _target))
            {
                if (_high[larger] > fewest)
                    Measure(smaller, larger);
            }
        }

        return Best();
    }

    private void Allocate()
    {
        double all = _sums.Work[_sums.Whole];
        for (int set = 0; set < _low.Length; set++)
        {
            double work = _sums.Work[set];
            _low[set] = (int)Math.Min(_devices, Math.Ceiling(work / _target - 1e-6));
            _high[set] = set == 0 ? 0 : (int)Math.Max(-1, Math.Min(_devices, Math.Floor(_devices - (all - work) / _target + 1e-6)));
            _offset[set + 1] = _offset[set] + (long)Math.Max(0, _high[set] - _low[set] + 1) * _counts;
        }

        long size = _offset[^1];
        IsTooLarge = size > MaxPlaces;
        if (IsTooLarge)
            return;
        if (size > _time.Length)
            (_time, _smaller, _mode) = (new double[size], new int[size], new ushort[size]);
        Array.Fill(_time, double.PositiveInfinity, 0, (int)size);
    }

    private long Place(int set, int devices, int count) => _offset[set] + (long)(devices - _low[set]) * _counts + (_counts == 1 ? 0 : count);

    // The states of a set from which stages go on. One that another with fewer devices equals is never better: devices only run out.
    private bool Collect(int set, out int fewest)
    {
        _fromCount = 0;
        fewest = int.MaxValue;
        for (int count = 0; count < _counts; count++)
        {
            double best = double.PositiveInfinity;
            for (int k = _low[set]; k <= _high[set]; k++)
            {
                double time = _time[Place(set, k, count)];
                if (time >= best && _counts > 1 && _problem.ExactDevices is null || double.IsPositiveInfinity(time))
                    continue;
                best = time;
                fewest = Math.Min(fewest, k);
                if (_fromCount == _from.Length)
                    Array.Resize(ref _from, 2 * _fromCount);
                _from[_fromCount++] = (k, _counts == 1 ? k : count, time);
            }
        }

        return _fromCount > 0;
    }

    private void Measure(int smaller, int larger)
    {
        States++;
        _pair++;
        for (int m = 0; m < _problem.Modes.Length; m++)
        {
            var mode = _problem.Modes[m];
            int low = _low[larger] - mode.Devices, high = _high[larger] - mode.Devices;
            if (high < 0)
                continue;
            double least = _sums.LeastStageTime(mode, smaller, larger, larger == _sums.Whole ? _sums.Cut[mode.Costs][smaller] : _larger.External(mode.Costs, larger));
            if (!(least <= _target))
                continue;
            // What is not in the least: time that recomputation could save, and what it adds.
            int c = mode.Costs;
            double vanilla = _sums.Time[c][larger] - _sums.Time[c][smaller] - (_sums.LeastTime[c][larger] - _sums.LeastTime[c][smaller]);
            for (int i = 0; i < _fromCount; i++)
            {
                var (devices, count, time) = _from[i];
                int steps = count + mode.Steps;
                if (devices < low || devices > high || steps > _problem.MaxCount)
                    continue;
                long place = Place(larger, devices + mode.Devices, steps);
                if (_time[place] <= Math.Max(time, least))
                    continue;
                double stage = least + (vanilla + Extra(c, (steps + mode.Divisor - 1) / mode.Divisor, smaller, larger)) / mode.Replicas;
                double slowest = Math.Max(time, stage);
                if (slowest <= _target && slowest < _time[place])
                    (_time[place], _smaller[place], _mode[place]) = (slowest, smaller, (ushort)m);
            }
        }
    }

    private double Extra(int costs, int inFlight, int smaller, int larger)
    {
        int place = costs * _problem.InFlight.Length + inFlight;
        if (_extraStamp[place] != _pair)
            (_extraStamp[place], _extra[place]) = (_pair, _memory.ExtraTime(costs, inFlight, smaller, larger));
        return _extra[place];
    }

    private List<SequenceStage>? Best()
    {
        int set = _sums.Whole;
        (double Time, int Devices, int Count) best = (double.PositiveInfinity, 0, 0);
        for (int k = Math.Max(_problem.ExactDevices ?? 0, _low[set]); k <= _high[set]; k++)
        {
            for (int count = 0; count < _counts; count++)
            {
                double time = _time[Place(set, k, count)];
                if (time < best.Time)
                    best = (time, k, _counts == 1 ? k : count);
            }
        }

        if (double.IsPositiveInfinity(best.Time))
            return null;
        var stages = new List<SequenceStage>();
        for (var (_, devices, count) = best; set > 0;)
        {
            long place = Place(set, devices, count);
            var mode = _problem.Modes[_mode[place]];
            stages.Add(new SequenceStage(set, _smaller[place], mode, count));
            (set, devices, count) = (_smaller[place], devices - mode.Devices, count - mode.Steps);
        }

        return stages;
    }
}
