using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>
/// Host memory for what a stage's micro-batches have saved: equal slots, each with the device slots of all <see cref="SlotRing.SavedLives"/> one behind the other. A
/// micro-batch has one from its OFFLOAD to the first action behind its RELOAD that touches what came back, because that action has waited for the copy.
/// </summary>
/// <param name="Offset">Where slot 0 starts in the device's host memory.</param>
/// <param name="SlotSize">Aligned bytes of one slot, at the stage's full micro-batch.</param>
/// <param name="Slots">Micro-batches on the host, at most.</param>
/// <param name="SlotOf">The slot of each micro-batch, -1 for one that stays on the device.</param>
public sealed record HostSlots(Bytes Offset, Bytes SlotSize, int Slots, ImmutableArray<int> SlotOf)
{
    public Bytes Size => SlotSize * Slots;

    /// <summary>Gives slots to micro-batches: the smallest that is free, in the order of the device's actions. Shortened lists keep the numbers.</summary>
    internal static HostSlots Compute(StageId stage, Bytes slotSize, Bytes offset, ImmutableArray<PlanAction> actions)
    {
        var copies = actions.Where(a => a.IsCopy && a.Stage == stage).ToList();
        int[] slotOf = [.. Enumerable.Repeat(-1, copies.Count == 0 ? 0 : copies.Max(c => c.MicroBatch.Index) + 1)];
        var free = new PriorityQueue<int, int>();
        var back = new HashSet<MicroBatch>();
        int slots = 0;
        foreach (var action in actions)
        {
            if ((!action.IsCopy && !action.IsCompute) || action.Stage != stage)
                continue;
            if (action.Kind == ActionKind.Offload)
                slotOf[action.MicroBatch.Index] = free.TryDequeue(out int slot, out _) ? slot : slots++;
            else if (action.Kind == ActionKind.Reload)
                back.Add(action.MicroBatch);
            else if (back.Remove(action.MicroBatch) && slotOf[action.MicroBatch.Index] is >= 0 and int left)
                free.Enqueue(left, left);
        }

        return new HostSlots(offset, slotSize, slots, [.. slotOf]);
    }
}
