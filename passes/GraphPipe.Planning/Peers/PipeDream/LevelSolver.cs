using System.Numerics;

namespace GraphPipe.Planning.Peers;

/// <summary>A stage of one level: states <paramref name="Start"/> to <paramref name="End"/>, inclusive.</summary>
internal readonly record struct LevelStage(int Start, int End, int Replicas);

/// <summary>
/// PipeDream's dynamic programme for one level of machines (section 3.1 of the paper, as its code has it):
/// <c>A(j, m) = min over k before j and m' of max(A(k, m − m'), T(k + 1..j, m'), transfers in, transfers out)</c>, where T is
/// <c>(compute + 4(m' − 1) · parameters / (bandwidth · m')) / m'</c>. Compute of a range is a sum at the innermost level, and the optimum of the
/// level below on all of its machines at the others.
/// </summary>
internal sealed class LevelSolver
{
    private readonly CutStates _states;
    private readonly LevelProblem _level;
    private readonly double[]? _below;
    private readonly double[] _best;
    private readonly int[] _split;
    private readonly int[] _replicas;
    private int _start = -1;

    /// <param name="below">Compute of the states i..j at <c>[i · states + j]</c>, infinite if there is none; null for differences of sums.</param>
    public LevelSolver(CutStates states, LevelProblem level, double[]? below)
    {
        _states = states;
        _level = level;
        _below = below;
        _best = new double[states.Count * level.Machines];
        _split = new int[_best.Length];
        _replicas = new int[_best.Length];
    }

    /// <summary>Pairs of states that were compared.</summary>
    public long States { get; private set; }

    /// <summary>The table for the level above: the optimum of every range on all machines.</summary>
    public double[] All()
    {
        int count = _states.Count;
        var all = new double[(long)count * count];
        Array.Fill(all, double.PositiveInfinity);
        for (int i = 0; i < count; i++)
        {
            Solve(i);
            for (int j = i; j < count; j++)
                all[(long)i * count + j] = Best(j, _level.Machines);
        }

        return all;
    }

    /// <summary>Solves for all ranges that begin with state <paramref name="start"/>.</summary>
    public void Solve(int start)
    {
        if (_start == start)
            return;
        _start = start;
        int n = _level.Machines;
        for (int j = start; j < _states.Count; j++)
        {
            Alone(j);
            if (j == start)
                continue;
            var before = _states.Before(j);
            for (int w = start / 64; w <= j / 64 && w < before.Length; w++)
            {
                ulong bits = before[w];
                if (w == start / 64)
                    bits &= ulong.MaxValue << (start % 64);
                for (; bits != 0; bits &= bits - 1)
                    Split(64 * w + BitOperations.TrailingZeroCount(bits), j);
            }

            for (int m = 1; m < n && _level.UseFewerMachines; m++)
            {
                int at = j * n + m;
                if (_best[at - 1] < _best[at])
                    (_best[at], _split[at], _replicas[at]) = (_best[at - 1], _split[at - 1], _replicas[at - 1]);
            }
        }
    }

    /// <summary>The optimum from the start solved for to state <paramref name="end"/>; infinite if there is none.</summary>
    public double Best(int end, int machines) => _best[end * _level.Machines + machines - 1];

    /// <summary>The stages of an optimum, first to last.</summary>
    public List<LevelStage> Stages(int start, int end, int machines)
    {
        Solve(start);
        var stages = new List<LevelStage>();
        for (int at = end * _level.Machines + machines - 1; ;)
        {
            int split = _split[at];
            stages.Add(new LevelStage(split < 0 ? start : split / _level.Machines + 1, at / _level.Machines, _replicas[at]));
            if (split < 0)
                break;
            at = split;
        }

        stages.Reverse();
        return stages;
    }

    private double Compute(int start, int end) => _below is null
        ? _states.Time[end] - (start > 0 ? _states.Time[start - 1] : 0)
        : _below[(long)start * _states.Count + end];

    private static double Difference(double[] sums, int start, int end) => sums[end] - (start > 0 ? sums[start - 1] : 0);

    // One stage on m machines, the beginning of all.
    private void Alone(int j)
    {
        int n = _level.Machines;
        Array.Fill(_best, double.PositiveInfinity, j * n, n);
        Array.Fill(_split, -1, j * n, n);
        // With branches a later state need not have all of an earlier one: what lies between them is no stage.
        if (_start > 0 && !_states.Precedes(_start - 1, j))
            return;
        double compute = Compute(_start, j), parameters = Difference(_states.ParameterBytes, _start, j);
        double perUnit = Difference(_states.PerUnit, _start, j), rest = Difference(_states.Fixed, _start, j);
        foreach (int r in _level.Replicas)
        {
            if (r < _level.Memory.FewestMachines(n, r, perUnit, rest))
                continue;
            _best[j * n + r - 1] = (compute + 4 * (r - 1) * parameters / (_level.Bandwidth * r) / _level.MachinesBelow) / r;
            _replicas[j * n + r - 1] = r;
        }
    }

    // A last stage k + 1..j behind what is best for start..k.
    private void Split(int k, int j)
    {
        States++;
        double compute = Compute(k + 1, j);
        if (double.IsPositiveInfinity(compute))
            return;
        int n = _level.Machines;
        double parameters = _states.ParameterBytes[j] - _states.ParameterBytes[k], perUnit = _states.PerUnit[j] - _states.PerUnit[k], rest = _states.Fixed[j] - _states.Fixed[k];
        double transfer = 0;
        if (_level.ActivationRatio is { } ratio)
            transfer = 2 * Math.Max(_states.Output[k], j < _states.Count - 1 ? _states.Output[j] : 0) / _level.Bandwidth / ratio;
        bool isLimited = !double.IsPositiveInfinity(_level.Memory.Limit);
        var from = _best.AsSpan(k * n, n);
        var to = _best.AsSpan(j * n, n);
        foreach (int r in _level.Replicas)
        {
            double last = Math.Max((compute + 4 * (r - 1) * parameters / (_level.Bandwidth * r)) / r, transfer / r);
            // Positions are machines − 1: m machines in all, r of them here.
            int first = r;
            if (isLimited)
                first = Math.Max(first, _level.Memory.FewestMachines(n, r, perUnit, rest) - 1);
            for (int m = first; m < n; m++)
            {
                if (last >= to[m])
                    continue;
                double slowest = Math.Max(from[m - r], last);
                if (slowest < to[m])
                    (to[m], _split[j * n + m], _replicas[j * n + m]) = (slowest, k * n + m - r, r);
            }
        }
    }
}
