using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>Schedules on a V that are searched for within a limit of activations on a device, theirs or the one that is set, for the given costs.</summary>
public abstract class LimitedV : PlacedSchedule
{
    private protected LimitedV()
        : base(new(PlacementKind.V) { Settings = ScheduleSettings.InFlightLimit })
    {
    }

    /// <summary>The limit if none is set, and the least that may be.</summary>
    private protected abstract int OwnLimit(ScheduleProblem problem);

    /// <summary>Orders to begin the search with.</summary>
    private protected abstract ImmutableArray<ImmutableArray<ImmutableArray<ScheduleTask>>> Seeds(ScheduleProblem problem, int limit);

    private protected sealed override string? Need(ScheduleProblem problem) => LimitNeed.Of(problem, OwnLimit(problem));

    private protected sealed override ImmutableArray<ImmutableArray<ScheduleTask>> Order(ScheduleProblem problem) =>
        CostAwareOrder.Of(problem, Seeds(problem, LimitOf(problem)), LimitOf(problem));

    private int LimitOf(ScheduleProblem problem) => problem.Request.InFlightLimit ?? OwnLimit(problem);
}
