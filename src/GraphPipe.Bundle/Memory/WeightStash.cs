using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>
/// Where the versions of a stage's weights lie. The newest one is at home in persistent memory, where every update changes it in place, so that after a run the
/// weights are where they always are. An older one that a later action still needs is saved into a slot by the STEP that replaces it (weight stashing, PipeDream, SOSP
/// 2019), and a predicted one is made in a slot by the first FORWARD that names it. A slot is free again after the last action that reads it; the number of slots
/// is the smallest that will do (greedy interval colouring). Shortened lists (<see cref="ActionFilter"/>) keep the numbers, as with <see cref="SlotRing"/>; and so do devices that
/// take what is ready, since the last reader of a version is the backward right before a STEP, which nothing overtakes.
/// </summary>
public sealed class WeightStash
{
    /// <summary>Instead of a slot: where the newest weights are.</summary>
    public const int Home = -1;

    private readonly ImmutableDictionary<(ActionKind Kind, long Start), int> _slotOf;
    private readonly ImmutableHashSet<MicroBatch> _bellwethers;

    private WeightStash(Bytes homeOffset, Bytes offset, Bytes size, int slots, ImmutableDictionary<(ActionKind, long), int> slotOf, ImmutableHashSet<MicroBatch> bellwethers)
    {
        HomeOffset = homeOffset;
        Offset = offset;
        VersionSize = size;
        Slots = slots;
        _slotOf = slotOf;
        _bellwethers = bellwethers;
    }

    /// <summary>Where the newest weights start in the device's persistent memory.</summary>
    public Bytes HomeOffset { get; }

    /// <summary>Where slot 0 starts in the device's slot memory.</summary>
    public Bytes Offset { get; }

    /// <summary>Aligned bytes of the parameters that the stage updates.</summary>
    public Bytes VersionSize { get; }

    /// <summary>Versions beside the newest one that exist at a time, at most.</summary>
    public int Slots { get; }

    /// <summary>Versions at a time, with the newest one.</summary>
    public int Versions => Slots + 1;

    public Bytes Size => VersionSize * Slots;

    /// <summary>The slot of the weights that an action reads, or that a STEP saves the weights to which it replaces; <see cref="Home"/> if there is none.</summary>
    public int SlotOf(in PlanAction action) => _slotOf.GetValueOrDefault((action.Kind, action.Range.Start), Home);

    /// <summary>Whether a FORWARD makes the predicted weights that it and others see: its micro-batch is the bellwether of its generation.</summary>
    public bool Predicts(in PlanAction action) => action.Kind == ActionKind.Forward && _bellwethers.Contains(action.MicroBatch);

    /// <param name="size">Aligned bytes of one version.</param>
    /// <param name="actions">The full list of the stage's device.</param>
    public static WeightStash Compute(StageId stage, Bytes homeOffset, Bytes offset, Bytes size, ImmutableArray<PlanAction> actions)
    {
        var steps = new List<int>();
        var lives = new Dictionary<WeightVersion, (int Made, int LastRead)>();
        var bellwethers = ImmutableHashSet.CreateBuilder<MicroBatch>();
        for (int i = 0; i < actions.Length; i++)
        {
            var action = actions[i];
            if (action.Kind == ActionKind.Step && action.Stage == stage)
                steps.Add(i);
            if (!Reads(action, stage) || (action.Weights.Ahead == 0 && action.Weights.Updates >= steps.Count))
                continue;
            if (!lives.TryGetValue(action.Weights, out var life))
            {
                life.Made = action.Weights.Ahead > 0 ? i : steps[action.Weights.Updates];
                if (action.Weights.Ahead > 0)
                    bellwethers.Add(action.MicroBatch);
            }

            lives[action.Weights] = (life.Made, i);
        }

        var slots = new List<int>();
        var slotOf = new Dictionary<WeightVersion, int>();
        var byAction = ImmutableDictionary.CreateBuilder<(ActionKind, long), int>();
        foreach (var (version, life) in lives.OrderBy(l => l.Value.Made))
        {
            int slot = slots.FindIndex(lastRead => lastRead < life.Made);
            if (slot < 0)
            {
                slot = slots.Count;
                slots.Add(0);
            }

            slots[slot] = life.LastRead;
            slotOf.Add(version, slot);
            if (version.Ahead == 0)
                byAction.Add((ActionKind.Step, actions[life.Made].Range.Start), slot);
        }

        int updates = 0;
        foreach (var action in actions)
        {
            updates += action.Kind == ActionKind.Step && action.Stage == stage ? 1 : 0;
            if (Reads(action, stage) && (action.Weights.Ahead > 0 || action.Weights.Updates < updates))
                byAction[(action.Kind, action.Range.Start)] = slotOf[action.Weights];
        }

        return new WeightStash(homeOffset, offset, size, size == Bytes.Zero ? 0 : slots.Count, byAction.ToImmutable(), bellwethers.ToImmutable());
    }

    private static bool Reads(in PlanAction action, StageId stage) => action.IsCompute && action.Stage == stage;
}
