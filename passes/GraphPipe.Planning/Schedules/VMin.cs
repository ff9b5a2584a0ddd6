using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// V-Min (Qi et al., arXiv 2405.15362): the least memory that a V allows without a growing bubble, 2·⌊(p + 4)/3⌋ half-size activations on a device, about a
/// third of 1F1B's. Made for the given costs; the limit may be set.
/// </summary>
[Schedule("v-min")]
public sealed class VMin() : PlacedSchedule(new(PlacementKind.V, StageOrder.Graph) { SplitsBackward = true, Settings = ScheduleSettings.InFlightLimit })
{
    private protected override string? Need(ScheduleProblem problem) => LimitNeed.Of(problem, OwnLimit(problem));

    private protected override int? Limit(ScheduleProblem problem) => problem.Request.InFlightLimit ?? OwnLimit(problem);

    private protected override ImmutableArray<ImmutableArray<ScheduleTask>> Order(ScheduleProblem problem)
    {
        int limit = Limit(problem)!.Value;
        var block = ControllableMemory.Min(problem);
        return CostAwareOrder.Of(problem, [block, ControllableMemory.AtUnitCosts(problem, block, limit)], limit);
    }

    private static int OwnLimit(ScheduleProblem problem) => 2 * ((problem.Devices + 4) / 3);
}
