using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>
/// Equal slots that the micro-batches of one stage take in turn for the buffers of one life. A micro-batch holds its slot from the first to
/// the last action that may touch such a buffer; numbers come from greedy interval colouring in the order of the device's actions,
/// which needs the fewest slots that any colouring of intervals can.
/// </summary>
/// <param name="Offset">Where slot 0 starts in the device's slot memory.</param>
/// <param name="SlotSize">Aligned bytes of one slot, at the stage's full micro-batch.</param>
/// <param name="Slots">Micro-batches in flight, at most; 0 if no buffer has this life.</param>
/// <param name="SlotOf">The slot of each micro-batch, -1 for one that never needs any.</param>
public sealed record SlotRing(BufferLife Life, Bytes Offset, Bytes SlotSize, int Slots, ImmutableArray<int> SlotOf)
{
    /// <summary>The lives that have slots.</summary>
    public static ImmutableArray<BufferLife> Lives { get; } =
        [BufferLife.Activation, BufferLife.InputActivation, BufferLife.ForwardEdge, BufferLife.WeightEdge, BufferLife.BackwardEdge];

    public Bytes Size => SlotSize * Slots;

    /// <summary>
    /// Gives slots to micro-batches. A list with actions left out (<see cref="ActionFilter"/>) has shorter intervals in the same order, so the
    /// same numbers hold for it.
    /// </summary>
    internal static SlotRing Compute(
        BufferLife life, StageId stage, Bytes slotSize, Bytes offset, ImmutableArray<PlanAction> actions, ImmutableArray<ChannelDecl> channels)
    {
        var first = new Dictionary<int, int>();
        var last = new Dictionary<int, int>();
        for (int i = 0; i < actions.Length; i++)
        {
            if (!actions[i].IsStep && Touches(actions[i], stage, life, channels))
            {
                first.TryAdd(actions[i].MicroBatch.Index, i);
                last[actions[i].MicroBatch.Index] = i;
            }
        }

        int[] slotOf = new int[first.Count == 0 ? 0 : first.Keys.Max() + 1];
        Array.Fill(slotOf, -1);
        var free = new PriorityQueue<int, int>();
        int slots = 0;
        for (int i = 0; i < actions.Length; i++)
        {
            int microBatch = actions[i].MicroBatch.Index;
            if (actions[i].IsStep || !Touches(actions[i], stage, life, channels))
                continue;
            if (first[microBatch] == i)
                slotOf[microBatch] = free.TryDequeue(out int slot, out _) ? slot : slots++;
            if (last[microBatch] == i)
                free.Enqueue(slotOf[microBatch], slotOf[microBatch]);
        }

        return new SlotRing(life, offset, slotSize, slotSize == Bytes.Zero ? 0 : slots, [.. slotOf]);
    }

    /// <summary>Whether an action may touch buffers of a life of a stage, in its micro-batch's slot.</summary>
    internal static bool Touches(PlanAction action, StageId stage, BufferLife life, ImmutableArray<ChannelDecl> channels)
    {
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
