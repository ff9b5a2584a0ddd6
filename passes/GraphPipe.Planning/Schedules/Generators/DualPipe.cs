using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// DualPipe (DeepSeek-V3, arXiv 2412.19437): two copies of the model in opposite directions; the first half of the micro-batches enters at device 0, the rest at
/// the last. With pairs one after the other and F = I = W = 1, 3m + p/2 − 1; p + 1 activations on every device, and the parameters twice.
/// </summary>
[Schedule("dualpipe")]
public sealed class DualPipe() : PlacedSchedule(new(PlacementKind.Bidirectional))
{
    private protected override string? Need(ScheduleProblem problem) =>
        problem.MicroBatches % 2 == 0 && problem.MicroBatches >= 2 * problem.Devices ? null : "an even number of micro-batches, at least two for each device";

    private protected override ImmutableArray<ImmutableArray<ScheduleTask>> Order(ScheduleProblem problem) => problem.PerDevice((device, tasks) =>
    {
        int p = problem.Devices, half = problem.MicroBatches / 2;
        bool isFirstHalf = device < p / 2;
        int position = isFirstHalf ? device : p - 1 - device;
        DualPipeOrder.Add(tasks, position, p / 2, (position, isFirstHalf ? 0 : half), (p - 1 - position, isFirstHalf ? half : 0), half);
    });
}
