using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// Hanayo (Liu et al., arXiv 2308.15762): the model goes down and up the devices in w waves of 2w stages a device, so that the bubble falls with the number
/// of waves and no parameter is held twice. As much is in flight as in 1F1B: p micro-batches, 2w activations each. The paper draws its orders; here
/// they are made for the given costs by a list scheduler that takes the oldest micro-batch first.
/// </summary>
[Schedule("hanayo")]
public sealed class Hanayo() : PlacedSchedule(new(PlacementKind.Wave, StageOrder.Graph))
{
    private static int Limit(ScheduleProblem problem) => problem.Devices * problem.StagesPerDevice;

    private protected override ImmutableArray<ImmutableArray<ScheduleTask>> Order(ScheduleProblem problem)
    {
        // One micro-batch after the other is an order that holds least; all else is the scheduler's.
        var oneByOne = problem.PerDevice((device, tasks) =>
        {
            var stages = problem.Placement.On(new(device));
            for (int m = 0; m < problem.MicroBatches; m++)
            {
                foreach (var (stage, _) in stages)
                    tasks.Add(TaskKind.Forward, stage.Value, m);
                foreach (var (stage, _) in stages.Reverse())
                    tasks.Add(TaskKind.Backward, stage.Value, m);
            }
        });
        return CostAwareOrder.Of(problem, [oneByOne], Limit(problem));
    }
}
