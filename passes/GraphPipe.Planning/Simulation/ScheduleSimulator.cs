using System.Runtime.InteropServices;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Runs a schedule by its order of work alone: each device takes its list in order, and a task starts when the device is free and what it needs
/// is there. A forward needs the forwards before it in the stage graph, a backward (or its part for inputs) its own forward and the backwards
/// behind it, a weight part the input part; a message between devices takes <see cref="ScheduleCosts.Message"/>. Receives wait for their
/// send, which is buffered. What lists do does not depend on who goes first (a Kahn network), so one pass over all tasks decides.
/// </summary>
/// <remarks>
/// Built for tens of millions of tasks: what has happened stands in arrays by stage and micro-batch, nothing is allocated for a task, and a device that waits is
/// found from what it waits for, by a list threaded through two arrays. No queue of events: a device runs on until it waits.
/// </remarks>
public sealed class ScheduleSimulator
{
    /// <summary>Device switches between two looks at the cancellation.</summary>
    private const int Turns = 1 << 12;

    private enum Event
    {
        Forward,
        InputGradient,
        ForwardSent,
        BackwardSent,
    }

    private readonly PipelineSchedule _schedule;
    private readonly StageNeighbours _graph;
    private readonly StageCost[] _costs;
    private readonly double _message;
    private readonly OverlapMode _overlap;
    private readonly int _microBatches;
    // By event, then by stage and micro-batch: when it happened (not a number: not yet), on which device, and the first device that waits for it, counted from 1.
    private readonly double[][] _ends;
    private readonly int[][] _by;
    private readonly int[][] _waiting;
    // By device: the next one that waits for the same, counted from 1; the position in its list; the end of its last task.
    private readonly int[] _nextWaiting;
    private readonly int[] _next;
    private readonly double[] _free;
    private readonly TimedTask[][] _done;

    private ScheduleSimulator(PipelineSchedule schedule, StageNeighbours graph, ScheduleCosts costs, OverlapMode overlap)
    {
        _schedule = schedule;
        _graph = graph;
        _costs = [.. costs.Stages];
        _message = costs.Message;
        _overlap = overlap;
        bool hasMessages = false;
        foreach (var row in schedule.Devices)
        {
            foreach (var task in row)
            {
                _microBatches = Math.Max(_microBatches, task.MicroBatch.Index + 1);
                hasMessages |= task.IsMessage;
            }
        }

        // Most schedules leave messages out.
        int events = hasMessages ? Enum.GetValues<Event>().Length : (int)Event.ForwardSent, size = checked(graph.Stages * _microBatches);
        _ends = [.. Enumerable.Range(0, events).Select(_ => new double[size])];
        foreach (double[] ends in _ends)
            Array.Fill(ends, double.NaN);
        _by = [.. Enumerable.Range(0, events).Select(_ => new int[size])];
        _waiting = [.. Enumerable.Range(0, events).Select(_ => new int[size])];
        _nextWaiting = new int[schedule.Devices.Length];
        _next = new int[schedule.Devices.Length];
        _free = new double[schedule.Devices.Length];
        _done = [.. schedule.Devices.Select(d => new TimedTask[d.Length])];
    }

    /// <param name="schedule">Names only stages of <paramref name="graph"/>.</param>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static ScheduleTimeline Run(
        PipelineSchedule schedule, StageNeighbours graph, ScheduleCosts costs, OverlapMode overlap = OverlapMode.Sum, CancellationToken cancellation = default)
    {
        var simulator = new ScheduleSimulator(schedule, graph, costs, overlap);
        var ready = new Stack<int>(Enumerable.Range(0, schedule.Devices.Length).Reverse());
        for (int turn = 0; ready.TryPop(out int device); turn++)
        {
            if (turn % Turns == 0)
                cancellation.ThrowIfCancellationRequested();
            while (simulator._next[device] < schedule.Devices[device].Length && simulator.Step(device, ready))
                ;
        }

        return new(
            [.. schedule.Devices.Select((_, d) => simulator.WorkOf(d))],
            [.. Enumerable.Range(0, schedule.Devices.Length).Where(d => simulator._next[d] < schedule.Devices[d].Length).Select(simulator.Describe)]);
    }

    private bool Step(int device, Stack<int> ready)
    {
        var row = _schedule.Devices[device];
        var task = row[_next[device]];
        bool isBlock = task.WithNext && _overlap == OverlapMode.Max && _next[device] + 1 < row.Length;
        double start = Math.Max(_free[device], Ready(device, task, out var missing)), time = Cost(task);
        if (!missing.IsAny && isBlock)
        {
            start = Math.Max(start, Ready(device, row[_next[device] + 1], out missing));
            time = Math.Max(time, Cost(row[_next[device] + 1]));
        }

        if (missing.IsAny)
        {
            ref int first = ref _waiting[(int)missing.Event][missing.At];
            _nextWaiting[device] = first;
            first = device + 1;
            return false;
        }

        Finish(device, task, start, start + time, ready);
        if (isBlock)
            Finish(device, row[_next[device]], start, start + time, ready);
        return true;
    }

    private double Cost(ScheduleTask task) => _costs[task.Stage.Value].Of(task.Kind);

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
    private double Ready(int device, ScheduleTask task, out Missing missing)
    {
        double ready = 0;
        missing = default;
        var (own, others, isBefore) = NeedsOf(task.Kind);
        if (own is { } mine && !IsThere(device, mine, At(task.Stage.Value, task), ref ready, ref missing))
            return 0;
        if (others is not { } theirs)
            return ready;
        foreach (int stage in isBefore ? _graph.Before[task.Stage.Value] : _graph.After[task.Stage.Value])
        {
            if (!IsThere(device, theirs, At(stage, task), ref ready, ref missing))
                return 0;
        }

        // When something has arrived is a matter of the work that reads it: receives only bind it.
        return task.Kind is TaskKind.ReceiveForward or TaskKind.ReceiveBackward ? 0 : ready;
    }

    private bool IsThere(int device, Event need, int at, ref double ready, ref Missing missing)
    {
        double end = _ends[(int)need][at];
        if (double.IsNaN(end))
        {
            missing = new(true, need, at);
            return false;
        }

        ready = Math.Max(ready, _by[(int)need][at] == device ? end : end + _message);
        return true;
    }

    private void Finish(int device, ScheduleTask task, double start, double end, Stack<int> ready)
    {
        _done[device][_next[device]++] = new(task, start, end);
        _free[device] = end;
        Event happened;
        switch (task.Kind)
        {
            case TaskKind.Forward:
                happened = Event.Forward;
                break;
            case TaskKind.Backward or TaskKind.BackwardInput:
                happened = Event.InputGradient;
                break;
            case TaskKind.SendForward:
                happened = Event.ForwardSent;
                break;
            case TaskKind.SendBackward:
                happened = Event.BackwardSent;
                break;
            default:
                return;
        }

        int at = At(task.Stage.Value, task);
        _ends[(int)happened][at] = end;
        _by[(int)happened][at] = device;
        for (int other = _waiting[(int)happened][at]; other > 0; other = _nextWaiting[other - 1])
            ready.Push(other - 1);
        _waiting[(int)happened][at] = 0;
    }

    private BlockedDevice Describe(int device)
    {
        int position = _next[device];
        var task = _schedule.Devices[device][position];
        Ready(device, task, out var missing);
        if (!missing.IsAny)
        {
            task = _schedule.Devices[device][++position];
            Ready(device, task, out missing);
        }

        string name = missing.Event switch { Event.Forward => "F", Event.InputGradient => "B", Event.ForwardSent => "SEND_F", _ => "SEND_B" };
        return new(new(device), position, task, $"{missing.At / _microBatches}{name}{missing.At % _microBatches}");
    }

    private DeviceWork WorkOf(int device)
    {
        var tasks = _done[device].AsSpan(0, _next[device]);
        HashSet<(StageId, MicroBatch)>? again = null;
        foreach (var task in _schedule.Devices[device])
        {
            if (task.Kind == TaskKind.Recompute)
                (again ??= []).Add((task.Stage, task.MicroBatch));
        }

        int held = 0, peak = 0;
        double busy = 0, blockEnd = double.NaN;
        foreach (var (task, start, end) in tasks)
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

        // The array becomes the result where nothing is left over.
        var all = tasks.Length == _done[device].Length ? ImmutableCollectionsMarshal.AsImmutableArray(_done[device]) : [.. tasks];
        return new(new(device), all, busy, peak);
    }

    /// <summary>Something that has not happened yet.</summary>
    private readonly record struct Missing(bool IsAny, Event Event, int At);
}
