using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// Hanayo (Liu et al., arXiv 2308.15762): the model goes down and up the devices in w waves of 2w stages a device, so that the bubble falls with the number
/// of waves and no parameter is held twice. As much is in flight as in 1F1B: p micro-batches, 2w activations each. The paper draws its orders; here
/// they are made for the given costs by a list scheduler that takes the oldest micro-batch first.
/// </summary>
[Schedule("hanayo")]
public sealed class Hanayo() : PlacedSchedule(new(PlacementKind.Wave))
{
    private protected override ImmutableArray<ImmutableArray<ScheduleTask>> Order(ScheduleProblem problem) =>
        CostAwareOrder.Of(problem, [OneByOne.Order(problem.Placement, problem.MicroBatches, TaskKind.Backward)], problem.Devices * problem.StagesPerDevice);
}
