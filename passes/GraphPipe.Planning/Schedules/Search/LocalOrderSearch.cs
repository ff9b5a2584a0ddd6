using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// Improves an order by exchanging neighbours on the path that decides how long it takes (van Laarhoven, Aarts and Lenstra, Job Shop Scheduling by
/// Simulated Annealing, 1992, section 3: other exchanges can't help). Only first improvements are taken, so it ends at a local optimum or after a number of
/// trials, and is deterministic.
/// </summary>
internal sealed class LocalOrderSearch
{
    private readonly StageNeighbours _graph;
    private readonly ScheduleCosts _costs;
    private readonly int _limit;
    private readonly CancellationToken _cancellation;
    private readonly ScheduleTask[][] _rows;

    private LocalOrderSearch(ImmutableArray<ImmutableArray<ScheduleTask>> rows, StageNeighbours graph, ScheduleCosts costs, int limit, CancellationToken cancellation)
    {
        _rows = [.. rows.Select(r => r.ToArray())];
        _graph = graph;
        _costs = costs;
        _limit = limit;
        _cancellation = cancellation;
    }

    /// <param name="trials">Simulations at most.</param>
    public static ImmutableArray<ImmutableArray<ScheduleTask>> Improve(
        ImmutableArray<ImmutableArray<ScheduleTask>> rows, StageNeighbours graph, ScheduleCosts costs, int limit, int trials, CancellationToken cancellation)
    {
        var search = new LocalOrderSearch(rows, graph, costs, limit, cancellation);
        search.Run(trials);
        return search.Rows;
    }

    private ImmutableArray<ImmutableArray<ScheduleTask>> Rows => [.. _rows.Select(r => r.ToImmutableArray())];

    private void Run(int trials)
    {
        var timeline = Simulate();
        var value = Value(timeline);
        for (bool improved = true; improved;)
        {
            improved = false;
            foreach (var (device, position) in Exchanges(timeline))
            {
                if (trials-- <= 0)
                    return;
                Exchange(device, position);
                var next = Simulate();
                if (next.Blocked.IsEmpty && Value(next).CompareTo(value) < 0)
                {
                    (timeline, value, improved) = (next, Value(next), true);
                    break;
                }

                Exchange(device, position);
            }
        }
    }

    private ScheduleTimeline Simulate() => ScheduleSimulator.Run(new PipelineSchedule("", Rows), _graph, _costs, cancellation: _cancellation);

    internal static (double OwnSpan, double Sum, double Makespan) Value(ScheduleTimeline timeline) =>
        (Math.Round(timeline.LongestOwnSpan, 6), Math.Round(timeline.Devices.Sum(d => d.OwnSpan), 6), Math.Round(timeline.Makespan, 6));

    private void Exchange(int device, int position) => (_rows[device][position], _rows[device][position + 1]) = (_rows[device][position + 1], _rows[device][position]);

    /// <summary>Neighbours on the path that ends the device with the longest own span, from its end.</summary>
    private IEnumerable<(int Device, int Position)> Exchanges(ScheduleTimeline timeline)
    {
        var at = new Dictionary<(int Stage, int MicroBatch, bool IsForward), (int Device, int Position)>();
        for (int d = 0; d < _rows.Length; d++)
        {
            for (int i = 0; i < _rows[d].Length; i++)
            {
                if (_rows[d][i].Kind != TaskKind.BackwardWeight)
                    at[(_rows[d][i].Stage.Value, _rows[d][i].MicroBatch.Index, _rows[d][i].IsForward)] = (d, i);
            }
        }

        var held = _rows.Select(Held).ToArray();
        var longest = timeline.Devices.MaxBy(d => d.OwnSpan)!;
        (int device, int position) = (longest.Device.Value, longest.Tasks.Length - 1);
        while (position >= 0)
        {
            var (task, start, _) = timeline.Devices[device].Tasks[position];
            if (position > 0 && timeline.Devices[device].Tasks[position - 1].End >= start - 1e-9)
            {
                if (MayFollow(_rows[device][position], _rows[device][position - 1], held[device][position - 1]))
                    yield return (device, position - 1);
                position--;
                continue;
            }

            (int Device, int Position)? source = null;
            double latest = -1;
            foreach (int other in task.IsForward ? _graph.Before[task.Stage.Value] : _graph.After[task.Stage.Value])
            {
                var key = at[(other, task.MicroBatch.Index, task.IsForward)];
                if (timeline.Devices[key.Device].Tasks[key.Position].End is var end && end > latest)
                    (source, latest) = (key, end);
            }

            if (source is not { } next)
                yield break;
            (device, position) = next;
        }
    }

    /// <param name="held">Before both.</param>
    private bool MayFollow(ScheduleTask first, ScheduleTask second, int held)
    {
        if (first.Stage == second.Stage && (first.Kind == second.Kind || first.MicroBatch == second.MicroBatch))
            return false;
        return !first.IsForward || held < _limit;
    }

    private static int[] Held(ScheduleTask[] row)
    {
        var held = new int[row.Length + 1];
        for (int i = 0; i < row.Length; i++)
            held[i + 1] = held[i] + InFlight.OnDevice(row[i].Kind);
        return held;
    }
}
