using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// ZB-H2 (Qi et al., Zero Bubble Pipeline Parallelism, arXiv 2401.10241, section 2.3): enough forwards at the beginning that no device is idle
/// between its first and its last work, (p − 1)(F + I − 2W) at worst, for twice the memory of 1F1B: 2p activations, or the limit that is
/// set (p is ZB1P, 2p ZB2P of the zero-bubble repository). Made for the given costs, on any DAG of stages.
/// </summary>
[Schedule("zb-h2")]
public sealed class ZeroBubbleH2() : PlacedSchedule(new(PlacementKind.OneStage) { Settings = ScheduleSettings.InFlightLimit })
{
    private protected override string? Need(ScheduleProblem problem) => LimitNeed.Of(problem, AutomaticZeroBubble.Least(problem));

    private static int Limit(ScheduleProblem problem) => problem.Request.InFlightLimit ?? 2 * problem.Devices;

    private protected override ImmutableArray<ImmutableArray<ScheduleTask>> Order(ScheduleProblem problem) =>
        AutomaticZeroBubble.Order(problem, Limit(problem));
}
