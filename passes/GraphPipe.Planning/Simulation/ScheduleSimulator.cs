using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Runs a schedule by its order of work alone: each device takes its list in order, and a task starts when the device is free and what it needs
/// is there. A forward needs the forwards before it in the stage graph, a backward (or its part for inputs) its own forward and the backwards
/// behind it, a weight part the input part; a message between devices takes <see cref="ScheduleCosts.Message"/>. Receives wait for their
/// send, which is buffered. What lists do does not depend on who goes first (a Kahn network), so one pass over all tasks decides.
/// </summary>
public sealed class ScheduleSimulator
{
    private enum Event
    {
        Forward,
        InputGradient,
        ForwardSent,
        BackwardSent,
    }

    private readonly PipelineSchedule _schedule;
    private readonly StageNeighbours _graph;
    private readonly ScheduleCosts _costs;
    private readonly OverlapMode _overlap;
    private readonly int _microBatches;
    private readonly double[][] _ends;
    private readonly int[][] _by;
    private readonly List<int>?[][] _waiting;
    private readonly int[] _next;
    private readonly List<TimedTask>[] _done;

    private ScheduleSimulator(PipelineSchedule schedule, StageNeighbours graph, ScheduleCosts costs, OverlapMode overlap)
    {
        _schedule = schedule;
        _graph = graph;
        _costs = costs;
        _overlap = overlap;
        _microBatches = 1 + schedule.Devices.SelectMany(d => d).Select(t => t.MicroBatch.Index).DefaultIfEmpty(-1).Max();
        // Most schedules leave messages out.
        bool hasMessages = schedule.Devices.Any(d => d.Any(t => t.Kind is >= TaskKind.SendForward and <= TaskKind.ReceiveBackward));
        int events = hasMessages ? Enum.GetValues<Event>().Length : (int)Event.ForwardSent, size = graph.Stages * _microBatches;
        T[][] Table<T>(T value) => [.. Enumerable.Range(0, events).Select(_ => Enumerable.Repeat(value, size).ToArray())];
        _ends = Table(double.NaN);
        _by = Table(-1);
        _waiting = Table<List<int>?>(null);
        _next = new int[schedule.Devices.Length];
        _done = [.. schedule.Devices.Select(d => new List<TimedTask>(d.Length))];
    }

    /// <param name="schedule">Names only stages of <paramref name="graph"/>.</param>
    public static ScheduleTimeline Run(PipelineSchedule schedule, StageNeighbours graph, ScheduleCosts costs, OverlapMode overlap = OverlapMode.Sum)
    {
        var simulator = new ScheduleSimulator(schedule, graph, costs, overlap);
        var ready = new Stack<int>(Enumerable.Range(0, schedule.Devices.Length).Reverse());
        while (ready.TryPop(out int device))
        {
            while (simulator._next[device] < schedule.Devices[device].Length && simulator.Step(device, ready))
                ;
        }

        return new(
            [.. schedule.Devices.Select((_, d) => simulator.WorkOf(d))],
            [.. Enumerable.Range(0, schedule.Devices.Length).Where(d => simulator._next[d] < schedule.Devices[d].Length).Select(simulator.Describe)]);
    }

    private double Free(int device) => _done[device].Count > 0 ? _done[device][^1].End : 0;

    private bool Step(int device, Stack<int> ready)
    {
        var row = _schedule.Devices[device];
        var task = row[_next[device]];
        bool isBlock = task.WithNext && _overlap == OverlapMode.Max && _next[device] + 1 < row.Length;
        double start = Math.Max(Free(device), Ready(device, task, out var missing)), time = Cost(task);
        if (missing is null && isBlock)
        {
            start = Math.Max(start, Ready(device, row[_next[device] + 1], out missing));
            time = Math.Max(time, Cost(row[_next[device] + 1]));
        }

        if (missing is { } waitsFor)
        {
            (_waiting[(int)waitsFor.Event][waitsFor.At] ??= []).Add(device);
            return false;
        }

        Finish(device, task, start, start + time, ready);
        if (isBlock)
            Finish(device, row[_next[device]], start, start + time, ready);
        return true;
    }

    private double Cost(ScheduleTask task) => _costs.Stages[task.Stage.Value].Of(task.Kind);

    private int At(int stage, ScheduleTask task) => stage * _microBatches + task.MicroBatch.Index;

    /// <summary>What a task needs of its own stage, and what of the stages before it or behind it.</summary>
    private static (Event? Own, Event? Others, bool IsBefore) NeedsOf(TaskKind kind) => kind switch
    {
        TaskKind.Forward => (null, Event.Forward, true),
        TaskKind.Backward or TaskKind.BackwardInput => (Event.Forward, Event.InputGradient, false),
        TaskKind.BackwardWeight or TaskKind.SendBackward => (Event.InputGradient, null, false),
        TaskKind.Recompute or TaskKind.SendForward or TaskKind.OffloadStart => (Event.Forward, null, false),
        TaskKind.ReceiveForward => (null, Event.ForwardSent, true),
        TaskKind.ReceiveBackward => (null, Event.BackwardSent, false),
        _ => (null, null, false),
    };

    /// <param name="missing">What has not happened yet, if anything; the time means nothing then.</param>
    private double Ready(int device, ScheduleTask task, out (Event Event, int At)? missing)
    {
        double ready = 0;
        missing = null;
        var (own, others, isBefore) = NeedsOf(task.Kind);
        if (own is { } mine)
        {
            int at = At(task.Stage.Value, task);
            ready = _ends[(int)mine][at] + (_by[(int)mine][at] == device ? 0 : _costs.Message);
            if (double.IsNaN(ready))
            {
                missing = (mine, at);
                return 0;
            }
        }

        if (others is not { } theirs)
            return ready;
        foreach (int stage in isBefore ? _graph.Before[task.Stage.Value] : _graph.After[task.Stage.Value])
        {
            int at = At(stage, task);
            double there = _ends[(int)theirs][at] + (_by[(int)theirs][at] == device ? 0 : _costs.Message);
            if (double.IsNaN(there))
            {
                missing = (theirs, at);
                return 0;
            }

            ready = Math.Max(ready, there);
        }

        // When something has arrived is a matter of the work that reads it: receives only bind it.
        return task.Kind is TaskKind.ReceiveForward or TaskKind.ReceiveBackward ? 0 : ready;
    }

    private void Finish(int device, ScheduleTask task, double start, double end, Stack<int> ready)
    {
        _next[device]++;
        _done[device].Add(new(task, start, end));
        Event? happened = task.Kind switch
        {
            TaskKind.Forward => Event.Forward,
            TaskKind.Backward or TaskKind.BackwardInput => Event.InputGradient,
            TaskKind.SendForward => Event.ForwardSent,
            TaskKind.SendBackward => Event.BackwardSent,
            _ => null,
        };
        if (happened is not { } e)
            return;
        int at = At(task.Stage.Value, task);
        _ends[(int)e][at] = end;
        _by[(int)e][at] = device;
        if (_waiting[(int)e][at] is not { } waiting)
            return;
        foreach (int other in waiting)
            ready.Push(other);
        _waiting[(int)e][at] = null;
    }

    private BlockedDevice Describe(int device)
    {
        int position = _next[device];
        var task = _schedule.Devices[device][position];
        Ready(device, task, out var missing);
        if (missing is null)
        {
            task = _schedule.Devices[device][++position];
            Ready(device, task, out missing);
        }

        var (need, at) = missing!.Value;
        char kind = need switch { Event.Forward => 'F', Event.InputGradient => 'B', _ => ' ' };
        string name = need switch { Event.ForwardSent => "SEND_F", Event.BackwardSent => "SEND_B", _ => kind.ToString() };
        return new(new(device), position, task, $"{at / _microBatches}{name}{at % _microBatches}");
    }

    private DeviceWork WorkOf(int device)
    {
        HashSet<(StageId, MicroBatch)>? again = null;
        foreach (var task in _schedule.Devices[device])
        {
            if (task.Kind == TaskKind.Recompute)
                (again ??= []).Add((task.Stage, task.MicroBatch));
        }

        int held = 0, peak = 0;
        double busy = 0, blockEnd = double.NaN;
        foreach (var (task, start, end) in _done[device])
        {
            held += task.Kind switch
            {
                TaskKind.Forward => again?.Contains((task.Stage, task.MicroBatch)) == true ? 0 : 1,
                TaskKind.Recompute or TaskKind.ReloadPrepare => 1,
                TaskKind.Backward or TaskKind.BackwardWeight or TaskKind.OffloadEnd => -1,
                _ => 0,
            };
            peak = Math.Max(peak, held);
            // The second of a block of two has been counted with the first.
            if (start != end && !(end == blockEnd))
                busy += end - start;
            blockEnd = task.WithNext && _overlap == OverlapMode.Max ? end : double.NaN;
        }

        return new(new(device), [.. _done[device]], busy, peak);
    }
}
