using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// DualPipeV ("cut in half" DualPipe, Sea AI Lab and deepseek-ai/DualPipe): the order of DualPipe on a V, so that no parameter is held twice. With pairs
/// one after the other and F = I = W = 1, 6m + p − 1; 2p + 1 activations on every device. The order is that of torch.distributed.pipelining.ScheduleDualPipeV.
/// </summary>
[Schedule("dualpipe-v")]
public sealed class DualPipeV() : PlacedSchedule(new(PlacementKind.V))
{
    private protected override string? Need(ScheduleProblem problem) => problem.MicroBatches >= 2 * problem.Devices ? null : "at least two micro-batches for each device";

    private protected override ImmutableArray<ImmutableArray<ScheduleTask>> Order(ScheduleProblem problem) => problem.PerDevice((device, tasks) =>
        DualPipeOrder.Add(tasks, device, problem.Devices, (device, 0), (problem.Stages - 1 - device, 0), problem.MicroBatches));
}
