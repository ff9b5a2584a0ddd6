using System.Collections.Immutable;

namespace GraphPipe.Planning.Peers;

/// <summary>Whether stages fit a device, and what recomputation costs those that don't fit without.</summary>
internal sealed class StageMemory
{
    // Sums of bytes that are no whole numbers differ in the last digits by the order of adding.
    private const double Rounding = 1e-3;

    private readonly SequenceSums _sums;
    private readonly SequenceProblem _problem;
    private readonly double[][] _perUnit, _fixed, _perUnitRecomputing, _fixedRecomputing, _extraTime;
    private readonly double[]?[,] _least;
    private readonly int[]?[,] _order;
    private readonly double _limit;

    public StageMemory(SequenceSums sums)
    {
        _sums = sums;
        _problem = sums.Problem;
        _limit = _problem.Memory + Rounding;
        int count = _problem.Costs.Length;
        (_perUnit, _fixed, _perUnitRecomputing, _fixedRecomputing, _extraTime) = (new double[count][], new double[count][], new double[count][], new double[count][], new double[count][]);
        for (int c = 0; c < count; c++)
        {
            var costs = _problem.Costs[c];
            _perUnit[c] = sums.Sets.Sum(costs.PerUnit);
            _fixed[c] = sums.Sets.Sum(costs.Fixed);
            _perUnitRecomputing[c] = sums.Sets.Sum(costs.PerUnitRecomputing);
            _fixedRecomputing[c] = sums.Sets.Sum(costs.FixedRecomputing);
            _extraTime[c] = sums.Sets.Sum(costs.ExtraTime);
        }

        _least = new double[]?[_problem.Costs.Length, _problem.InFlight.Length];
        _order = new int[]?[_problem.Costs.Length, _problem.InFlight.Length];
    }

    /// <summary>Time that recomputation adds to one micro-batch of a stage, all replicas together.</summary>
    /// <param name="inFlight">Position in <see cref="SequenceProblem.InFlight"/>.</param>
    /// <returns>Infinite if the stage does not fit.</returns>
    public double ExtraTime(int costs, int inFlight, int smaller, int larger)
    {
        if (Vanilla(costs, inFlight, smaller, larger) <= _limit)
            return 0;
        switch (_problem.Recompute)
        {
            case PiperRecompute.PerStage:
                return AllRecomputing(costs, inFlight, smaller, larger) <= _limit ? _extraTime[costs][larger] - _extraTime[costs][smaller] : double.PositiveInfinity;
            case PiperRecompute.PerNode:
                var least = Least(costs, inFlight);
                if (least[larger] - least[smaller] > _limit)
                    return double.PositiveInfinity;
                return Greedy(costs, inFlight, smaller, larger, null);
            default:
                return double.PositiveInfinity;
        }
    }

    /// <summary>Whether a stage fits with whatever recomputation is allowed.</summary>
    public bool Fits(int costs, int inFlight, int smaller, int larger)
    {
        if (Vanilla(costs, inFlight, smaller, larger) <= _limit)
            return true;
        switch (_problem.Recompute)
        {
            case PiperRecompute.PerStage:
                return AllRecomputing(costs, inFlight, smaller, larger) <= _limit;
            case PiperRecompute.PerNode:
                var least = Least(costs, inFlight);
                return least[larger] - least[smaller] <= _limit;
            default:
                return false;
        }
    }

    /// <summary>The nodes that <see cref="ExtraTime"/> counted, ascending.</summary>
    public ImmutableArray<int> Recomputed(int costs, int inFlight, int smaller, int larger)
    {
        if (Vanilla(costs, inFlight, smaller, larger) <= _limit || _problem.Recompute == PiperRecompute.Off)
            return [];
        if (_problem.Recompute == PiperRecompute.PerStage)
            return _sums.Sets.Difference(larger, smaller);
        var nodes = new SortedSet<int>();
        Greedy(costs, inFlight, smaller, larger, nodes);
        return [.. nodes];
    }

    private double Vanilla(int c, int inFlight, int smaller, int larger) =>
        (_perUnit[c][larger] - _perUnit[c][smaller]) * _problem.InFlight[inFlight] + (_fixed[c][larger] - _fixed[c][smaller]);

    private double AllRecomputing(int c, int inFlight, int smaller, int larger) =>
        (_perUnitRecomputing[c][larger] - _perUnitRecomputing[c][smaller]) * _problem.InFlight[inFlight] + (_fixedRecomputing[c][larger] - _fixedRecomputing[c][smaller]);

    // Piper's knapsack: the least extra time per byte saved first, until the stage fits.
    private double Greedy(int costs, int inFlight, int smaller, int larger, SortedSet<int>? taken)
    {
        double need = Vanilla(costs, inFlight, smaller, larger), extra = 0;
        var sets = _sums.Sets;
        double[] extraTime = _problem.Costs[costs].ExtraTime;
        foreach (int node in _order[costs, inFlight] ??= Order(costs, inFlight))
        {
            if (!sets.Contains(larger, node) || sets.Contains(smaller, node))
                continue;
            need -= Saved(costs, inFlight, node);
            extra += extraTime[node];
            taken?.Add(node);
            if (need <= _limit)
                break;
        }

        return extra;
    }

    private int[] Order(int costs, int inFlight)
    {
        var nodes = new List<int>();
        var price = new List<double>();
        for (int v = 0; v < _problem.Nodes; v++)
        {
            double saved = Saved(costs, inFlight, v);
            if (saved <= 0)
                continue;
            nodes.Add(v);
            price.Add(_problem.Costs[costs].ExtraTime[v] / saved);
        }

        int[] order = [.. nodes];
        double[] prices = [.. price];
        Array.Sort(prices, order);
        // Nodes of one price in their own order, whatever the sort does.
        for (int start = 0, end; start < order.Length; start = end)
        {
            for (end = start + 1; end < order.Length && prices[end] == prices[start];)
                end++;
            Array.Sort(order, start, end - start);
        }

        return order;
    }

    private double[] Least(int costs, int inFlight)
    {
        if (_least[costs, inFlight] is { } known)
            return known;
        var bytes = new double[_problem.Nodes];
        for (int v = 0; v < bytes.Length; v++)
            bytes[v] = Bytes(costs, inFlight, v) - Math.Max(0, Saved(costs, inFlight, v));
        return _least[costs, inFlight] = _sums.Sets.Sum(bytes);
    }

    private double Bytes(int costs, int inFlight, int node) => _problem.Costs[costs].PerUnit[node] * _problem.InFlight[inFlight] + _problem.Costs[costs].Fixed[node];

    private double Saved(int costs, int inFlight, int node)
    {
        var c = _problem.Costs[costs];
        return (c.PerUnit[node] - c.PerUnitRecomputing[node]) * _problem.InFlight[inFlight] + (c.Fixed[node] - c.FixedRecomputing[node]);
    }
}
