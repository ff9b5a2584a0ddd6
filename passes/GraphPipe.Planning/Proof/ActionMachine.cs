using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>What actions cost, in any unit.</summary>
internal interface IActionTiming
{
    /// <summary>Time that an action occupies its device.</summary>
    double Duration(in PlanAction action);

    /// <summary>When a message sent at <paramref name="time"/> is there. Asked once per message, per device in the order of its list.</summary>
    double Arrival(in PlanAction send, double time);

    /// <summary>From a message's arrival until a device that waited for it goes on; one that was busy then takes it at once.</summary>
    double Wake { get; }

    /// <summary>Time of a copy to or from the host, on the device's own queue for that direction.</summary>
    double Copy(in PlanAction copy);
}

/// <summary>What a blocked list waits for.</summary>
internal enum WaitKind
{
    /// <summary>A message that has not been sent.</summary>
    Message,

    /// <summary>Room in a channel.</summary>
    Room,

    /// <summary>A slot for what a micro-batch saves, which only a later action of the same list frees.</summary>
    Slot,
}

/// <summary>Forward 1, backward 2 (1 and 1 in two parts), all else free.</summary>
internal sealed class UnitTiming : IActionTiming
{
    public static readonly UnitTiming Instance = new();

    public double Wake => 0;

    public double Duration(in PlanAction action) => action.Kind switch
    {
        ActionKind.Forward or ActionKind.BackwardInput or ActionKind.BackwardWeight => 1,
        ActionKind.Backward => 2,
        _ => 0,
    };

    public double Arrival(in PlanAction send, double time) => time;

    public double Copy(in PlanAction copy) => 0;
}

/// <summary>
/// Runs the lists of a plan against bounded first-in first-out channels. Each list is run in order and blocks at an empty or a full channel, so
/// the outcome does not depend on who goes first (a Kahn network, 1974), nor do the times: one pass, each action once. Copies to and from the host
/// run beside their list (<see cref="CopyLane"/>); a list blocks where it wants a slot and all are taken.
/// </summary>
internal sealed class ActionMachine
{
    private readonly ExecutionPlan _plan;
    private readonly IActionTiming _timing;
    private readonly int[] _senderLane;
    private readonly int[] _receiverLane;
    private readonly List<double>[] _arrivals;
    private readonly List<double>[] _received;
    private readonly CopyLane?[] _copies;

    /// <param name="depths">Messages per channel; may be raised between runs.</param>
    public ActionMachine(ExecutionPlan plan, int[] depths, IActionTiming timing)
    {
        _plan = plan;
        _timing = timing;
        Depths = depths;
        var laneOf = new Dictionary<DeviceId, int>();
        for (int lane = 0; lane < plan.Devices.Length; lane++)
            laneOf.TryAdd(plan.Devices[lane].Device, lane);
        int Lane(StageId stage) => laneOf.GetValueOrDefault(plan.DeviceOf(stage), -1);
        _senderLane = [.. plan.Channels.Select(c => Lane(c.From))];
        _receiverLane = [.. plan.Channels.Select(c => Lane(c.To))];
        _arrivals = [.. plan.Channels.Select(_ => new List<double>())];
        _received = [.. plan.Channels.Select(_ => new List<double>())];
        Positions = new int[plan.Devices.Length];
        Starts = [.. plan.Devices.Select(d => new double[d.Actions.Length])];
        Ends = [.. plan.Devices.Select(d => new double[d.Actions.Length])];
        Sent = [.. plan.Channels.Select(_ => new List<double>())];
        _copies = [.. plan.Devices.Select(d => CopyLane.Of(plan, d, timing))];
    }

    public int[] Depths { get; }

    /// <summary>The next action of each list.</summary>
    public int[] Positions { get; }

    /// <summary>Per list and action, when it started and ended; of sends and receives, both when they passed.</summary>
    public double[][] Starts { get; }

    public double[][] Ends { get; }

    /// <summary>Per channel, when each message went in.</summary>
    public List<double>[] Sent { get; }

    /// <summary>Per channel, when each message was taken out.</summary>
    public IReadOnlyList<double>[] Received => _received;

    /// <summary>How often an action was looked at, to run it or to find it blocked.</summary>
    public long Looks { get; private set; }

    /// <summary>A list's copies; null if it has none.</summary>
    public CopyLane? Copies(int lane) => _copies[lane];

    public bool IsFinished(int lane) => Positions[lane] == _plan.Devices[lane].Actions.Length;

    /// <summary>Goes on as far as possible.</summary>
    /// <returns>Whether every list has ended.</returns>
    public bool Run()
    {
        var ready = new Stack<int>(Enumerable.Range(0, Positions.Length).Reverse());
        while (ready.TryPop(out int lane))
        {
            var actions = _plan.Devices[lane].Actions;
            while (Positions[lane] < actions.Length && Step(lane, actions[Positions[lane]]) is { } other)
            {
                Positions[lane]++;
                if (other >= 0 && other != lane)
                    ready.Push(other);
            }
        }

        return !Positions.Where((_, lane) => !IsFinished(lane)).Any();
    }

    /// <summary>The list that a blocked list waits for, and for what.</summary>
    public (int Lane, WaitKind Kind) WaitsFor(int lane)
    {
        var action = _plan.Devices[lane].Actions[Positions[lane]];
        return _copies[lane]?.IsBlocked(Positions[lane]) == true ? (lane, WaitKind.Slot)
            : action.Kind == ActionKind.Send ? (_receiverLane[action.Target], WaitKind.Room)
            : (_senderLane[action.Target], WaitKind.Message);
    }

    /// <summary>
    /// The circle of waits, or the chain that ends at a list that has ended: each waits for the next. Empty if nothing is blocked.
    /// </summary>
    public List<int> Circle()
    {
        int lane = Enumerable.Range(0, Positions.Length).Where(l => !IsFinished(l)).DefaultIfEmpty(-1).First();
        var path = new List<int>();
        while (lane >= 0 && !IsFinished(lane) && !path.Contains(lane))
        {
            path.Add(lane);
            lane = WaitsFor(lane).Lane;
        }

        int start = path.IndexOf(lane);
        return start > 0 ? path[start..] : path;
    }

    /// <returns>The list that may go on because of this, −1 for none; null if the action is blocked.</returns>
    private int? Step(int lane, in PlanAction action)
    {
        int position = Positions[lane];
        Looks++;
        if (IsBlocked(lane, position, action))
            return null;
        double time = position > 0 ? Ends[lane][position - 1] : 0;
        time = _copies[lane]?.Pass(position, time) ?? time;
        int wakes = -1;
        if (action.Kind == ActionKind.Send)
        {
            int c = action.Target, freed = Sent[c].Count - Depths[c];
            time = freed >= 0 ? Math.Max(time, _received[c][freed]) : time;
            Sent[c].Add(time);
            _arrivals[c].Add(_timing.Arrival(action, time));
            wakes = _receiverLane[c];
        }
        else if (action.Kind == ActionKind.Recv)
        {
            int c = action.Target, taken = _received[c].Count;
            time = _arrivals[c][taken] > time ? _arrivals[c][taken] + _timing.Wake : time;
            _received[c].Add(time);
            wakes = _senderLane[c];
        }

        Starts[lane][position] = time;
        Ends[lane][position] = time + _timing.Duration(action);
        return wakes;
    }

    private bool IsBlocked(int lane, int position, in PlanAction action) => _copies[lane]?.IsBlocked(position) == true || action.Kind switch
    {
        ActionKind.Send => Sent[action.Target].Count - Depths[action.Target] >= _received[action.Target].Count,
        ActionKind.Recv => _received[action.Target].Count >= _arrivals[action.Target].Count,
        _ => false,
    };
}
