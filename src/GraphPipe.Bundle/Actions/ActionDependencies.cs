using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>
/// What of a device's list must be done before what, where a device takes whatever is ready (<see cref="Dispatch.Ready"/>):
/// <list type="bullet">
/// <item>Within a micro-batch of a stage: work after the messages and the work before it, messages after the work before them.</item>
/// <item>Sends of a channel in their order, and receives likewise: a channel has one order.</item>
/// <item>A stage's forwards, its backwards for inputs and its backwards for weights each in their order: sums keep the plan's order.</item>
/// <item>A micro-batch's touches of a slot (<see cref="SlotRing"/>) after those of the micro-batch that had the slot before.</item>
/// <item>Copies to the host in their order, and copies back likewise; a copy to a host slot after the first work on what came back from it.</item>
/// <item>A forward after as many backwards as keep the stage within <see cref="PlannedStage.InFlight"/>.</item>
/// <item>Actions of the step after all before them, and before all after them.</item>
/// </list>
/// Every dependency points forward in the list. So the waits of a ready dispatch, these and those on channels, are among the waits of the list run in order
/// (an action there waits for all before it): where those have no circle, these have none either. An action that waits for nothing unfinished can run,
/// and a device that runs only such actions never holds one up by waiting for another. Whichever it takes, the run comes to its end.
/// </summary>
public sealed class ActionDependencies
{
    private readonly ImmutableArray<int>[] _before;
    private readonly ImmutableArray<int>[] _after;

    private ActionDependencies(ImmutableArray<int>[] before)
    {
        _before = before;
        var after = before.Select(_ => ImmutableArray.CreateBuilder<int>()).ToArray();
        for (int i = 0; i < before.Length; i++)
        {
            foreach (int b in before[i])
                after[b].Add(i);
        }

        _after = [.. after.Select(a => a.ToImmutable())];
    }

    /// <summary>Actions of the list.</summary>
    public int Count => _before.Length;

    /// <summary>The actions that must be done before an action, ascending; some that follow from others are left in.</summary>
    public ImmutableArray<int> Before(int action) => _before[action];

    /// <summary>The actions that an action must be done before.</summary>
    public ImmutableArray<int> After(int action) => _after[action];

    /// <param name="plan">The plan, with full lists: slots are those of the full lists.</param>
    /// <param name="actions">Its list, which may be shortened (<see cref="ActionFilter"/>).</param>
    public static ActionDependencies Of(ExecutionPlan plan, DeviceId device, ImmutableArray<PlanAction> actions)
    {
        var before = new ImmutableArray<int>[actions.Length];
        var slots = new SlotOwners(plan, device);
        var last = new Dictionary<(ActionKind Kind, int Target), int>();
        var ended = plan.Stages.Select(_ => new List<int>()).ToArray();
        var forwards = new int[plan.Stages.Length];
        var parts = new Dictionary<(StageId, MicroBatch), (int Work, List<int> Messages)>();
        int step = -1;
        for (int i = 0; i < actions.Length; i++)
        {
            var action = actions[i];
            var own = new SortedSet<int>();
            if (step >= 0)
                own.Add(step);
            if (action.IsStep)
            {
                own.UnionWith(Enumerable.Range(step + 1, i - step - 1));
                step = i;
                before[i] = [.. own];
                continue;
            }

            // The copies of all stages of a device share one queue in each direction.
            int order = action.IsCopy ? -1 : action.Target;
            foreach (var kind in OrdersOf(action.Kind))
            {
                if (last.TryGetValue((kind, order), out int previous))
                    own.Add(previous);
                last[(kind, order)] = i;
            }

            var stage = plan.StageOf(action);
            var (work, messages) = parts.GetValueOrDefault((stage.Id, action.MicroBatch), (-1, []));
            if (work >= 0)
                own.Add(work);
            // A copy to the host comes after all that the micro-batch did on the device, and all else after the copy back.
            bool isWork = action.IsCompute || action.IsCopy;
            if (isWork)
                own.UnionWith(messages);
            parts[(stage.Id, action.MicroBatch)] = isWork ? (i, []) : (work, [.. messages, i]);
            slots.Touch(action, stage.Id, i, own);
            if (action.Kind == ActionKind.Forward)
            {
                int must = forwards[stage.Id.Value]++ - (int)(stage.InFlight / stage.MicroBatch);
                if (must >= 0 && must < ended[stage.Id.Value].Count)
                    own.Add(ended[stage.Id.Value][must]);
            }
            else if (action.Kind is ActionKind.Backward or ActionKind.BackwardWeight)
            {
                ended[stage.Id.Value].Add(i);
            }

            before[i] = [.. own];
        }

        return new ActionDependencies(before);
    }

    // The orders that an action has a place in; a whole backward is both its parts.
    private static ReadOnlySpan<ActionKind> OrdersOf(ActionKind kind) => kind switch
    {
        ActionKind.Backward => [ActionKind.BackwardInput, ActionKind.BackwardWeight],
        ActionKind.BackwardInput => [ActionKind.BackwardInput],
        ActionKind.BackwardWeight => [ActionKind.BackwardWeight],
        ActionKind.Send => [ActionKind.Send],
        ActionKind.Recv => [ActionKind.Recv],
        ActionKind.Offload => [ActionKind.Offload],
        ActionKind.Reload => [ActionKind.Reload],
        _ => [ActionKind.Forward],
    };

    /// <summary>Who has each slot of the device's stages, on the device and on the host, and who had it before.</summary>
    private sealed class SlotOwners(ExecutionPlan plan, DeviceId device)
    {
        private readonly ImmutableArray<PlanAction> _full = plan.Devices.FirstOrDefault(d => d.Device == device)?.Actions ?? [];
        private readonly Dictionary<(StageId, BufferLife), SlotRing> _rings = [];
        private readonly Dictionary<StageId, HostSlots> _hosts = [];
        private readonly Dictionary<(StageId, BufferLife, int Slot), (MicroBatch Owner, bool IsReturned, List<int> Touches, List<int> Earlier)> _owners = [];
        private readonly Dictionary<(StageId, int Slot), int> _left = [];
        private readonly HashSet<(StageId, MicroBatch)> _returning = [];
        private readonly HashSet<(StageId, MicroBatch)> _returned = [];

        /// <summary>Notes that an action touches its micro-batch's slots, and adds what must have left them to <paramref name="before"/>.</summary>
        public void Touch(in PlanAction action, StageId stage, int index, SortedSet<int> before)
        {
            if (action.Kind == ActionKind.Reload)
                _returned.Add((stage, action.MicroBatch));
            bool isReturned = _returned.Contains((stage, action.MicroBatch));
            foreach (var life in SlotRing.Lives)
            {
                if (!SlotRing.Touches(action, stage, life, plan.Channels) || RingOf(stage, life).SlotAt(action.MicroBatch, isReturned) is not (>= 0 and int slot))
                    continue;
                var (owner, wasReturned, touches, earlier) = _owners.GetValueOrDefault((stage, life, slot), (action.MicroBatch, isReturned, [], []));
                if ((owner, wasReturned) != (action.MicroBatch, isReturned))
                    (owner, wasReturned, touches, earlier) = (action.MicroBatch, isReturned, [], touches);
                touches.Add(index);
                before.UnionWith(earlier);
                _owners[(stage, life, slot)] = (owner, wasReturned, touches, earlier);
            }

            TouchHost(action, stage, index, before);
        }

        // A host slot is free from the first work on what came back, which has waited for the copy.
        private void TouchHost(in PlanAction action, StageId stage, int index, SortedSet<int> before)
        {
            var key = (stage, action.MicroBatch);
            if (action.Kind == ActionKind.Offload && _left.TryGetValue((stage, HostSlotOf(stage, action.MicroBatch)), out int left))
                before.Add(left);
            else if (action.Kind == ActionKind.Reload)
                _returning.Add(key);
            else if (action.IsCompute && _returning.Remove(key))
                _left[(stage, HostSlotOf(stage, action.MicroBatch))] = index;
        }

        private int HostSlotOf(StageId stage, MicroBatch microBatch)
        {
            if (!_hosts.TryGetValue(stage, out var host))
                _hosts.Add(stage, host = HostSlots.Compute(stage, Bytes.Zero, Bytes.Zero, _full));
            return host.SlotOf[microBatch.Index];
        }

        private SlotRing RingOf(StageId stage, BufferLife life)
        {
            if (!_rings.TryGetValue((stage, life), out var ring))
                _rings.Add((stage, life), ring = SlotRing.Compute(life, plan[stage], Bytes.Zero, Bytes.Zero, _full, plan.Channels));
            return ring;
        }
    }
}
