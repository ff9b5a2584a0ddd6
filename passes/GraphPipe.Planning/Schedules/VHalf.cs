using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// V-Half (Qi et al., arXiv 2405.15362): half of 1F1B's activations, 2·⌊(p + 2)/2⌋ half-size ones on a device, and about half of its bubble where
/// F, I and W are alike. Made for the given costs; the limit may be set.
/// </summary>
[Schedule("v-half")]
public sealed class VHalf() : PlacedSchedule(new(PlacementKind.V, StageOrder.Graph) { SplitsBackward = true, Settings = ScheduleSettings.InFlightLimit })
{
    private protected override string? Need(ScheduleProblem problem) => LimitNeed.Of(problem, OwnLimit(problem));

    private protected override int? Limit(ScheduleProblem problem) => problem.Request.InFlightLimit ?? OwnLimit(problem);

    private protected override ImmutableArray<ImmutableArray<ScheduleTask>> Order(ScheduleProblem problem)
    {
        int limit = Limit(problem)!.Value;
        var block = ControllableMemory.Half(problem);
        return CostAwareOrder.Of(problem, [block, ControllableMemory.AtUnitCosts(problem, block, limit)], limit);
    }

    private static int OwnLimit(ScheduleProblem problem) => 2 * ((problem.Devices + 2) / 2);
}
