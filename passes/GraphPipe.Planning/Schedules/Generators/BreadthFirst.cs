using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// Breadth-first (Lamy-Poirier, arXiv 2211.05953): on a loop placement, each stage forwards all micro-batches before the next stage of the device
/// begins, and backwards run everything the other way round. GPipe's memory (v·m activations) with the interleaved makespan (vm + p − 1)(F + B);
/// what it buys is long runs of one stage, over which its parameters can be gathered and its gradients reduced. The order is that of
/// torch.distributed.pipelining.ScheduleLoopedBFS.
/// </summary>
[Schedule("breadth-first")]
public sealed class BreadthFirst() : PlacedSchedule(new(PlacementKind.Loop))
{
    private protected override ImmutableArray<ImmutableArray<ScheduleTask>> Order(ScheduleProblem problem) => problem.PerDevice((device, tasks) =>
    {
        for (int chunk = 0; chunk < problem.StagesPerDevice; chunk++)
        {
            for (int m = 0; m < problem.MicroBatches; m++)
                tasks.Add(TaskKind.Forward, chunk * problem.Devices + device, m);
        }

        for (int chunk = problem.StagesPerDevice - 1; chunk >= 0; chunk--)
        {
            for (int m = problem.MicroBatches - 1; m >= 0; m--)
                tasks.Add(TaskKind.Backward, chunk * problem.Devices + device, m);
        }
    });
}
