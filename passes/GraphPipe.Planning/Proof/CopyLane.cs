using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>A copy to or from the host and when it ran, in the unit of the timing.</summary>
/// <param name="Position">Of its OFFLOAD or RELOAD in the list.</param>
internal readonly record struct TimedCopy(int Position, double Start, double End);

/// <summary>
/// The copies of one list, while the list is run: one queue out and one in, each first in, first out. A RELOAD also waits for its own OFFLOAD and for the one
/// that empties its slot; since OFFLOADs wait for none, when a copy ends is known when it begins.
/// </summary>
internal sealed class CopyLane
{
    private readonly ExecutionPlan _plan;
    private readonly ImmutableArray<PlanAction> _actions;
    private readonly IActionTiming _timing;
    private readonly ImmutableArray<AwaitedCopies> _awaited;
    private readonly List<double> _offloaded = [];
    private readonly List<double> _reloaded = [];

    // Of stages with a limit: their stays, and by position the stage of the stay that begins or ends there.
    private readonly ILookup<int, SlotStay> _stays;
    private readonly int[] _begins;
    private readonly int[] _ends;
    private readonly int[] _held;

    private CopyLane(ExecutionPlan plan, DeviceActions list, IActionTiming timing)
    {
        _plan = plan;
        _actions = list.Actions;
        _timing = timing;
        _awaited = AwaitedCopies.Of(plan, list.Device, list.Actions);
        _begins = [.. list.Actions.Select(_ => -1)];
        _ends = [.. _begins];
        _held = new int[plan.Stages.Length];
        _stays = (
            from stage in plan.StagesOn(list.Device)
            where stage.Resident is not null
            from stay in SlotStay.Of(BufferLife.Activation, stage.Id, list.Actions, plan.Channels)
            select (Stage: stage.Id.Value, Stay: stay)).ToLookup(s => s.Stage, s => s.Stay);
        foreach (var stays in _stays)
        {
            foreach (var stay in stays)
                (_begins[stay.First], _ends[stay.Last]) = (stays.Key, stays.Key);
        }
    }

    /// <summary>The copies so far, in the order of the list.</summary>
    public List<TimedCopy> Done { get; } = [];

    /// <returns>Null for a list without copies whose stages have no limit.</returns>
    public static CopyLane? Of(ExecutionPlan plan, DeviceActions list, IActionTiming timing) =>
        list.Actions.Any(a => a.IsCopy) || plan.StagesOn(list.Device).Any(s => s.Resident is not null) ? new(plan, list, timing) : null;

    /// <summary>Whether the action at a position wants a slot of its stage and all are taken.</summary>
    public bool IsBlocked(int position) => _begins[position] is >= 0 and int stage && _held[stage] >= LimitOf(stage);

    /// <summary>When an action can run that its list has reached at <paramref name="time"/>; asked once for each, in the order in which they run.</summary>
    public double Pass(int position, double time)
    {
        if (_begins[position] is >= 0 and int begins)
            _held[begins]++;
        if (_ends[position] is >= 0 and int ends)
            _held[ends]--;
        var action = _actions[position];
        if (!action.IsCopy)
            return Math.Max(time, EndOfAwaited(position));
        var queue = action.Kind == ActionKind.Offload ? _offloaded : _reloaded;
        double start = Math.Max(Math.Max(time, queue.Count > 0 ? queue[^1] : 0), EndOfAwaited(position)), end = start + _timing.Copy(action);
        queue.Add(end);
        Done.Add(new TimedCopy(position, start, end));
        return time;
    }

    /// <summary>When the copies that an action waits for have ended; all of them must have begun.</summary>
    public double EndOfAwaited(int position)
    {
        var (offloads, reloads) = _awaited[position];
        return Math.Max(offloads > 0 ? _offloaded[offloads - 1] : 0, reloads > 0 ? _reloaded[reloads - 1] : 0);
    }

    /// <summary>Who frees the slot that a blocked action waits for.</summary>
    public string DescribeBlock(int position)
    {
        int stage = _begins[position];
        int next = _stays[stage].Where(s => s.First < position && s.Last > position).Select(s => s.Last).DefaultIfEmpty(-1).Min();
        return $"{_held[stage]} of {LimitOf(stage)} of stage '{_plan.Stages[stage].Name}' are taken, and the next is freed by {(next < 0 ? "no action" : $"action {next}, {_actions[next]}")}";
    }

    private long LimitOf(int stage) => _plan.Stages[stage].Resident!.Value / _plan.Stages[stage].MicroBatch;
}
