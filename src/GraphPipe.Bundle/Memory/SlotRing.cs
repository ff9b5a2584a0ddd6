using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>
/// Equal slots that the micro-batches of one stage take in turn for the buffers of one life. A stay (<see cref="SlotStay"/>) takes the smallest slot that work
/// has left, else one that has not been used, else the one whose OFFLOAD began first: greedy interval colouring in the order of the device's actions, which needs the fewest
/// slots that any colouring of intervals can. Where the stage has a limit (<see cref="PlannedStage.Resident"/>), there are no more than that.
/// </summary>
/// <param name="Offset">Where slot 0 starts in the device's slot memory.</param>
/// <param name="SlotSize">Aligned bytes of one slot, at the stage's full micro-batch.</param>
/// <param name="Slots">Micro-batches on the device, at most; 0 if no buffer has this life.</param>
/// <param name="SlotOf">The slot of each micro-batch, -1 for one that never needs any; the first if it leaves and comes back.</param>
/// <param name="ReturnSlotOf">The slot from RELOAD on, -1 for a micro-batch that has no RELOAD.</param>
public sealed record SlotRing(BufferLife Life, Bytes Offset, Bytes SlotSize, int Slots, ImmutableArray<int> SlotOf, ImmutableArray<int> ReturnSlotOf)
{
    /// <summary>The lives that have slots.</summary>
    public static ImmutableArray<BufferLife> Lives { get; } =
        [BufferLife.Activation, BufferLife.InputActivation, BufferLife.ForwardEdge, BufferLife.WeightEdge, BufferLife.BackwardEdge];

    /// <summary>The lives whose buffers the backward reads and the forward has written: what OFFLOAD and RELOAD copy, in this order.</summary>
    public static ImmutableArray<BufferLife> SavedLives { get; } = [BufferLife.Activation, BufferLife.InputActivation];

    public Bytes Size => SlotSize * Slots;

    /// <summary>The slot in which a micro-batch is.</summary>
    /// <param name="isReturned">Whether its RELOAD has been met.</param>
    /// <returns>-1 if it never needs any.</returns>
    public int SlotAt(MicroBatch microBatch, bool isReturned)
    {
        int m = microBatch.Index;
        if (m < 0 || m >= SlotOf.Length)
            return -1;
        return isReturned && ReturnSlotOf[m] >= 0 ? ReturnSlotOf[m] : SlotOf[m];
    }

    /// <summary>
    /// Gives slots to micro-batches. A list with actions left out (<see cref="ActionFilter"/>) has shorter intervals in the same order, so the
    /// same numbers hold for it.
    /// </summary>
    internal static SlotRing Compute(
        BufferLife life, PlannedStage stage, Bytes slotSize, Bytes offset, ImmutableArray<PlanAction> actions, ImmutableArray<ChannelDecl> channels)
    {
        var stays = SlotStay.Of(life, stage.Id, actions, channels);
        int microBatches = stays.IsEmpty ? 0 : stays.Max(s => s.MicroBatch.Index) + 1;
        int[] slotOf = [.. Enumerable.Repeat(-1, microBatches)], returnSlotOf = [.. slotOf];
        // A list that asks for more than the limit is refused by the proof.
        long limit = stage.Resident / stage.MicroBatch ?? long.MaxValue;
        var left = new PriorityQueue<int, int>();
        var leaving = new Queue<int>();
        int slots = 0;
        foreach (var (number, begins) in SlotStay.Events(stays))
        {
            var stay = stays[number];
            int[] taken = stay.IsReturn ? returnSlotOf : slotOf;
            ref int slot = ref taken[stay.MicroBatch.Index];
            if (!begins && stay.Leaves)
                leaving.Enqueue(slot);
            else if (!begins)
                left.Enqueue(slot, slot);
            else if (left.TryDequeue(out int free, out _) || (slots >= limit && leaving.TryDequeue(out free)))
                slot = free;
            else
                slot = slots++;
        }

        return new SlotRing(life, offset, slotSize, slotSize == Bytes.Zero ? 0 : slots, [.. slotOf], [.. returnSlotOf]);
    }

    /// <summary>Whether an action may touch buffers of a life of a stage, in its micro-batch's slot.</summary>
    internal static bool Touches(PlanAction action, StageId stage, BufferLife life, ImmutableArray<ChannelDecl> channels)
    {
        if (action.IsCopy)
            return action.Stage == stage && SavedLives.Contains(life);
        if (action.IsCompute)
        {
            return action.Stage == stage && life switch
            {
                BufferLife.Activation => true,
                BufferLife.InputActivation => action.Kind != ActionKind.BackwardWeight,
                BufferLife.ForwardEdge => action.Kind == ActionKind.Forward,
                BufferLife.BackwardEdge => action.Kind is ActionKind.Backward or ActionKind.BackwardInput,
                _ => action.IsBackward,
            };
        }

        var channel = channels[action.Target];
        return (action.Kind == ActionKind.Send ? channel.From : channel.To) == stage && life switch
        {
            BufferLife.Activation or BufferLife.InputActivation or BufferLife.ForwardEdge => channel.Kind == ChannelKind.Activation,
            _ => channel.Kind == ChannelKind.Gradient,
        };
    }
}
