using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// 1F1B on a V, with whole backwards (Qi et al., arXiv 2405.15362, section 4.4): about three quarters of 1F1B's memory, 3p/2 half-size
/// activations on a device where p is a multiple of four, for a bubble a little over its. Made for the given costs; the limit may be set.
/// </summary>
[Schedule("1f1bv")]
public sealed class OneForwardOneBackwardV() : PlacedSchedule(new(PlacementKind.V, StageOrder.Graph) { Settings = ScheduleSettings.InFlightLimit })
{
    private protected override string? Need(ScheduleProblem problem) => LimitNeed.Of(problem, ControllableMemory.Peak(ControllableMemory.WholeBackwards(problem)));

    private protected override int? Limit(ScheduleProblem problem) => problem.Request.InFlightLimit ?? ControllableMemory.Peak(ControllableMemory.WholeBackwards(problem));

    private protected override ImmutableArray<ImmutableArray<ScheduleTask>> Order(ScheduleProblem problem) =>
        CostAwareOrder.Of(problem, [ControllableMemory.WholeBackwards(problem)], Limit(problem)!.Value);
}
