using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Shortens the makespan of an order by tabu search (Dell'Amico and Trubian, Applying tabu search to the job-shop scheduling problem, 1993): on the path that decides the makespan,
/// work is moved before the first or behind the last of those that follow one another on a device, which are the only places where a move can help. The best move is
/// made even if it makes matters worse, and what was moved stays for a while. Work of a stage and kind keeps its order, and no device holds more than the limit.
/// Deterministic: what it does depends on the order and the number of trials.
/// </summary>
internal sealed class TabuOrderSearch
{
    // Steps without a better order before it goes back to the best and takes the next turn, turns without one before it gives up, and moves by chance at the beginning of one.
    private const int Patience = 100;
    private const int Turns = 40;
    private const int Kicks = 6;

    private readonly OrderTimes _times;
    private readonly int _limit;
    private readonly CancellationToken _cancellation;
    private readonly CounterRandom _random = CounterRandom.Of(0);
    private readonly int[] _forbidden;
    private int[][] _rows;
    private int[][] _best;
    private OrderValue _bestValue;
    private int _step;

    private TabuOrderSearch(OrderTimes times, int limit, CancellationToken cancellation)
    {
        _times = times;
        _limit = limit;
        _cancellation = cancellation;
        _rows = Copy(times.First);
        _best = times.First;
        _forbidden = new int[times.Start.Length];
    }

    /// <param name="rows">A valid order within the limit.</param>
    /// <param name="limit">Activations that a device may hold.</param>
    /// <param name="trials">Orders that are timed; what is left of them comes back.</param>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static (ImmutableArray<ImmutableArray<ScheduleTask>> Rows, OrderValue Value) Improve(
        ImmutableArray<ImmutableArray<ScheduleTask>> rows, StageNeighbours graph, ScheduleCosts costs, int limit, ref int trials, CancellationToken cancellation)
    {
        var search = new TabuOrderSearch(new OrderTimes(rows, graph, costs), limit, cancellation);
        search.Run(ref trials);
        return (search._times.ToRows(search._best), search._bestValue);
    }

    private void Run(ref int trials)
    {
        _bestValue = Time(_rows)!.Value;
        for (int turn = 0, since = 0; trials > 0 && turn < Turns; _step++)
        {
            _cancellation.ThrowIfCancellationRequested();
            if (Next(ref trials) is not { } value || ++since > Patience)
            {
                // Elsewhere from the best: other tasks are free, and ties are broken the other way.
                (turn, since) = (turn + 1, 0);
                _step += Patience;
                Kick(ref trials);
                continue;
            }

            if (value.CompareTo(_bestValue) < 0)
                (_best, _bestValue, since, turn) = (Copy(_rows), value, 0, 0);
        }
    }

    // The best, a few moves away from it.
    private void Kick(ref int trials)
    {
        _rows = Copy(_best);
        Time(_rows);
        for (int i = 0; i < Kicks && trials > 0; i++)
        {
            var moves = Moves();
            if (moves.Count == 0)
                return;
            var move = moves[(int)(_random.Fork(_step).Uniform(i) * moves.Count)];
            trials--;
            Make(move);
            if (Time(_rows) is not null)
                continue;
            Make(move.Back);
            Time(_rows);
        }
    }

    // Makes the best move that is allowed; null if there is none.
    private OrderValue? Next(ref int trials)
    {
        Time(_rows);
        var moves = Moves();
        Move? chosen = null;
        var value = OrderValue.Worst;
        foreach (var move in moves)
        {
            if (trials-- <= 0)
                break;
            Make(move);
            if (Time(_rows) is { } next && next.CompareTo(value) < 0 && (_forbidden[move.Task] <= _step || next.CompareTo(_bestValue) < 0))
                (chosen, value) = (move, next);
            Make(move.Back);
        }

        if (chosen is not { } best)
            return null;
        Make(best);
        // Longer where there is more to choose from, and not the same for all.
        _forbidden[best.Task] = _step + 4 + moves.Count / 4 + best.Task % 5;
        return value;
    }

    private OrderValue? Time(int[][] rows)
    {
        if (!_times.Run(rows, preferDevice: _step / Patience % 2 == 0))
            return null;
        double last = 0, sum = 0;
        foreach (int[] row in rows)
        {
            double end = row.Length == 0 ? 0 : _times.End[row[^1]];
            last = Math.Max(last, end);
            sum += end;
        }

        return new(Math.Round(last, 6), Math.Round(sum, 6));
    }

    private List<Move> Moves()
    {
        var moves = new List<Move>();
        int task = _rows.Where(r => r.Length > 0).Select(r => r[^1]).MaxBy(t => _times.End[t]);
        bool isLast = true;
        while (task >= 0)
        {
            // A block: work without a pause on one device, each piece caused by the one before it.
            int device = _times.DeviceOf(task), last = Array.IndexOf(_rows[device], task), first = last;
            while (first > 0 && _times.Cause[_rows[device][first]] == _rows[device][first - 1])
                first--;
            int cause = _times.Cause[_rows[device][first]];
            AddBlock(moves, device, first, last, isFirst: cause < 0, isLast);
            (task, isLast) = (cause, false);
        }

        return moves;
    }

    private void AddBlock(List<Move> moves, int device, int first, int last, bool isFirst, bool isLast)
    {
        int[] row = _rows[device];
        var seen = new HashSet<(int Stage, TaskKind Kind)>();
        for (int i = last - 1; !isLast && i >= first; i--)
        {
            if (seen.Add((_times[row[i]].Stage.Value, _times[row[i]].Kind)))
                AddIfAllowed(moves, new(device, row[i], i, last));
        }

        seen.Clear();
        for (int i = first + 1; !isFirst && i <= last; i++)
        {
            if (seen.Add((_times[row[i]].Stage.Value, _times[row[i]].Kind)))
                AddIfAllowed(moves, new(device, row[i], i, first));
        }

        if (last - first > 1)
        {
            AddIfAllowed(moves, new(device, row[first], first, first + 1));
            AddIfAllowed(moves, new(device, row[last], last, last - 1));
        }
    }

    private void AddIfAllowed(List<Move> moves, Move move)
    {
        int[] row = _rows[move.Device];
        int step = Math.Sign(move.To - move.From);
        var moved = _times[move.Task];
        for (int i = move.From; i != move.To;)
        {
            var passed = _times[row[i += step]];
            if (passed.Stage == moved.Stage && (passed.Kind == moved.Kind || passed.MicroBatch == moved.MicroBatch))
                return;
        }

        if (!moves.Contains(move) && IsWithinLimit(move))
            moves.Add(move);
    }

    private bool IsWithinLimit(Move move)
    {
        Make(move);
        int held = 0;
        bool isWithin = true;
        foreach (int task in _rows[move.Device])
            isWithin &= (held += _times.Change(task)) <= _limit;
        Make(move.Back);
        return isWithin;
    }

    private void Make(Move move)
    {
        int[] row = _rows[move.Device];
        if (move.From < move.To)
            Array.Copy(row, move.From + 1, row, move.From, move.To - move.From);
        else
            Array.Copy(row, move.To, row, move.To + 1, move.From - move.To);
        row[move.To] = move.Task;
    }

    private static int[][] Copy(int[][] rows) => [.. rows.Select(r => (int[])r.Clone())];

    private readonly record struct Move(int Device, int Task, int From, int To)
    {
        public Move Back => new(Device, Task, To, From);
    }
}
