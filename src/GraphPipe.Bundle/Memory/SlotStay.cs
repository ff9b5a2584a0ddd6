using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>
/// The time in which a micro-batch's buffers of one life are on the device: positions in the device's list, from the first to the last action that may touch them.
/// OFFLOAD ends a stay and RELOAD begins another, so that a micro-batch has one or two.
/// </summary>
/// <param name="IsReturn">Whether RELOAD begins it.</param>
/// <param name="Leaves">Whether OFFLOAD ends it: the memory is free when the copy has ended.</param>
public readonly record struct SlotStay(MicroBatch MicroBatch, int First, int Last, bool IsReturn, bool Leaves)
{
    /// <summary>The stays of a stage's micro-batches, in the order in which they begin.</summary>
    public static ImmutableArray<SlotStay> Of(BufferLife life, StageId stage, ImmutableArray<PlanAction> actions, ImmutableArray<ChannelDecl> channels)
    {
        var stays = ImmutableArray.CreateBuilder<SlotStay>();
        var open = new Dictionary<MicroBatch, int>();
        for (int i = 0; i < actions.Length; i++)
        {
            var action = actions[i];
            if (action.IsStep || !SlotRing.Touches(action, stage, life, channels))
                continue;
            if (!open.TryGetValue(action.MicroBatch, out int at) || action.Kind == ActionKind.Reload)
            {
                open[action.MicroBatch] = at = stays.Count;
                stays.Add(new SlotStay(action.MicroBatch, i, i, action.Kind == ActionKind.Reload, Leaves: false));
            }

            stays[at] = stays[at] with { Last = i, Leaves = action.Kind == ActionKind.Offload };
            if (action.Kind == ActionKind.Offload)
                open.Remove(action.MicroBatch);
        }

        return stays.ToImmutable();
    }

    /// <summary>The most of them at a time, by position: what is on its way to the host does not count.</summary>
    public static int Peak(ImmutableArray<SlotStay> stays)
    {
        int held = 0, peak = 0;
        foreach (var (_, begins) in Events(stays))
        {
            held += begins ? 1 : -1;
            peak = Math.Max(peak, held);
        }

        return peak;
    }

    /// <summary>Where each stay, by number, begins and ends, in the order of positions.</summary>
    internal static IEnumerable<(int Stay, bool Begins)> Events(ImmutableArray<SlotStay> stays) =>
        stays.SelectMany((s, i) => new[] { (Position: s.First, Stay: i, Begins: true), (Position: s.Last, Stay: i, Begins: false) })
            .OrderBy(e => e.Position).ThenByDescending(e => e.Begins).Select(e => (e.Stay, e.Begins));
}
