using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Runs the lists of a plan as devices do that take whatever is ready (<see cref="Dispatch.Ready"/>). Unlike with lists in order,
/// what happens depends on times, so events are handled in the order of time.
/// </summary>
internal sealed class ReadyMachine
{
    private readonly ExecutionPlan _plan;
    private readonly IActionTiming _timing;
    private readonly double[] _idleSince;
    private readonly ReadyActions[] _ready;
    private readonly int[] _running;
    private readonly CopyLane?[] _copies;
    private readonly Queue<double>[] _arrivals;
    private readonly int[] _held;
    private readonly int[] _senderLane;
    private readonly int[] _receiverLane;
    private readonly PriorityQueue<(int Lane, int Done), (double Time, int Number)> _events = new();
    private int _eventNumber;
    private int _left;

    public ReadyMachine(ExecutionPlan plan, IActionTiming timing)
    {
        _idleSince = new double[plan.Devices.Length];
        _plan = plan;
        _timing = timing;
        _ready = [.. plan.Devices.Select(d => new ReadyActions(ActionDependencies.Of(plan, d.Device, d.Actions)))];
        _copies = [.. plan.Devices.Select(d => CopyLane.Of(plan, d, timing))];
        _running = [.. plan.Devices.Select(_ => None)];
        _arrivals = [.. plan.Channels.Select(_ => new Queue<double>())];
        _held = new int[plan.Channels.Length];
        var laneOf = plan.Devices.Select((d, lane) => (d.Device, lane)).ToDictionary(p => p.Device, p => p.lane);
        _senderLane = [.. plan.Channels.Select(c => laneOf[plan.DeviceOf(c.From)])];
        _receiverLane = [.. plan.Channels.Select(c => laneOf[plan.DeviceOf(c.To)])];
        _left = plan.Devices.Sum(d => d.Actions.Length);
        Taken = [.. plan.Devices.Select(_ => new List<TimedAction>())];
    }

    private const int None = -1;

    /// <summary>By list: its actions in the order in which they were taken.</summary>
    public List<TimedAction>[] Taken { get; }

    /// <returns>Whether all actions were taken.</returns>
    public bool Run()
    {
        for (int lane = 0; lane < _ready.Length; lane++)
            Wake(lane, None, 0);
        while (_events.TryDequeue(out var happened, out var at))
        {
            var (lane, done) = happened;
            if (done != None)
            {
                _running[lane] = None;
                _ready[lane].Done(done);
                _idleSince[lane] = at.Time;
            }

            if (_running[lane] == None)
                Take(lane, at.Time);
        }

        return _left == 0;
    }

    private void Take(int lane, double time)
    {
        var positions = _ready[lane].Positions;
        for (int at = 0; at < positions.Length; at++)
        {
            var action = _plan.Devices[lane].Actions[positions[at]];
            if ((at > 0 && !ReadyActions.MayOvertake(action)) || !CanRun(lane, action, time) || !HasCopies(lane, positions[at], action, time))
                continue;
            int position = _ready[lane].Take(at);
            double end = time + _timing.Duration(action);
            Exchange(action, time);
            Taken[lane].Add(Begin(lane, position, action, time, end));
            _running[lane] = position;
            _left--;
            Wake(lane, position, end);
            return;
        }
    }

    // Copies wait in their own queue, and all else for the copies that it needs.
    private bool HasCopies(int lane, int position, in PlanAction action, double time)
    {
        if (_copies[lane] is not { } copies || action.IsCopy || copies.EndOfAwaited(position) is var there && there <= time)
            return true;
        Wake(lane, None, there);
        return false;
    }

    private TimedAction Begin(int lane, int position, in PlanAction action, double time, double end)
    {
        if (_copies[lane] is not { } copies)
            return new TimedAction(action, new(time), new(end));
        copies.Pass(position, time);
        return action.IsCopy ? new TimedAction(action, new(copies.Done[^1].Start), new(copies.Done[^1].End)) : new TimedAction(action, new(time), new(end));
    }

    private bool CanRun(int lane, in PlanAction action, double time) => action.Kind switch
    {
        ActionKind.Send => _held[action.Target] < _plan[action.Channel].Depth,
        ActionKind.Recv => _arrivals[action.Target].TryPeek(out double arrival) && arrival + (_idleSince[lane] < arrival ? _timing.Wake : 0) <= time,
        _ => true,
    };

    private void Exchange(in PlanAction action, double time)
    {
        if (action.Kind == ActionKind.Send)
        {
            double arrival = _timing.Arrival(action, time);
            _held[action.Target]++;
            _arrivals[action.Target].Enqueue(arrival);
            Wake(_receiverLane[action.Target], None, arrival);
            if (_timing.Wake > 0)
                Wake(_receiverLane[action.Target], None, arrival + _timing.Wake);
        }
        else if (action.Kind == ActionKind.Recv)
        {
            _held[action.Target]--;
            _arrivals[action.Target].Dequeue();
            Wake(_senderLane[action.Target], None, time);
        }
    }

    private void Wake(int lane, int done, double time) => _events.Enqueue((lane, done), (time, _eventNumber++));
}
