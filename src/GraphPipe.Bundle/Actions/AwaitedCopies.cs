using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>
/// The copies that an action waits for: how many of its list's OFFLOADs, and how many of its RELOADs, must have ended. Copies of a kind begin and end in the list's
/// order, so that a number says it all; they are always ones that stand before the action.
/// </summary>
public readonly record struct AwaitedCopies(int Offloads, int Reloads)
{
    /// <summary>
    /// By position in a list. A RELOAD itself waits for OFFLOADs alone: its own, and the one that empties its slot. Any other action waits for the RELOAD
    /// of its micro-batch, and for the OFFLOAD that empties the slot which it touches.
    /// </summary>
    /// <param name="plan">With the full lists: slots are those of the full lists.</param>
    /// <param name="device">The list's device.</param>
    /// <param name="actions">Its list, which may be shortened (<see cref="ActionFilter"/>).</param>
    public static ImmutableArray<AwaitedCopies> Of(ExecutionPlan plan, DeviceId device, ImmutableArray<PlanAction> actions)
    {
        var awaited = new AwaitedCopies[actions.Length];
        if (!actions.Any(a => a.IsCopy))
            return [.. awaited];
        var full = plan.Devices.First(d => d.Device == device).Actions;
        var rings = (
            from stage in plan.StagesOn(device)
            where full.Any(a => a.IsCopy && a.Stage == stage.Id)
            from life in SlotRing.SavedLives
            select (stage.Id, Ring: SlotRing.Compute(life, stage, Bytes.Zero, Bytes.Zero, full, plan.Channels))).ToLookup(r => r.Id, r => r.Ring);
        var owners = new Dictionary<(StageId, BufferLife, int Slot), Owner>();
        var offloads = new Dictionary<(StageId, MicroBatch), int>();
        var reloads = new Dictionary<(StageId, MicroBatch), int>();
        for (int i = 0; i < actions.Length; i++)
        {
            var action = actions[i];
            if (action.IsStep)
                continue;
            var stage = plan.StageOf(action).Id;
            var key = (stage, action.MicroBatch);
            if (action.Kind == ActionKind.Offload)
                offloads[key] = offloads.Count + 1;
            bool isReturned = action.Kind == ActionKind.Reload || reloads.ContainsKey(key);
            int emptied = action.Kind == ActionKind.Reload ? offloads.GetValueOrDefault(key) : 0, returned = 0;
            foreach (var ring in rings[stage])
            {
                if (!SlotRing.Touches(action, stage, ring.Life, plan.Channels))
                    continue;
                returned = reloads.GetValueOrDefault(key);
                var slot = (stage, ring.Life, ring.SlotAt(action.MicroBatch, isReturned));
                var owner = owners.GetValueOrDefault(slot);
                if (owner.MicroBatch != action.MicroBatch || owner.IsReturned != isReturned)
                    owner = new Owner(action.MicroBatch, isReturned, owner.Left, 0);
                if (action.Kind == ActionKind.Offload)
                    owner = owner with { Left = offloads[key] };
                owners[slot] = owner;
                emptied = Math.Max(emptied, owner.Awaits);
            }

            if (action.Kind == ActionKind.Reload)
                reloads[key] = reloads.Count + 1;
            awaited[i] = new AwaitedCopies(emptied, returned);
        }

        return [.. awaited];
    }

    /// <summary>The stay that a slot belongs to.</summary>
    /// <param name="Awaits">The number of the OFFLOAD that empties the slot for it; 0 for none.</param>
    /// <param name="Left">The number of the OFFLOAD that ends it; 0 for none so far.</param>
    private readonly record struct Owner(MicroBatch MicroBatch, bool IsReturned, int Awaits, int Left);
}
