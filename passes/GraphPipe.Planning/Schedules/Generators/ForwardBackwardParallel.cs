using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// FBP-AS of BaPipe (Zhao et al., arXiv 2012.12544, section 3.2.1), for devices that run a forward and a backward at once: each slot takes one of either, so
/// stage r of p begins with 2(p − r) − 1 forwards and holds 2(p − r) activations. With the two overlapped completely (F = B) the makespan is
/// (m + 2p − 1)·F.
/// </summary>
[Schedule("fbp-as")]
public sealed class ForwardBackwardParallel() : PlacedSchedule(new(PlacementKind.OneStage))
{
    private protected override ImmutableArray<ImmutableArray<ScheduleTask>> Order(ScheduleProblem problem) => problem.PerDevice((stage, tasks) =>
    {
        int m = problem.MicroBatches, lead = 2 * (problem.Stages - stage) - 1;
        for (int slot = 0; slot < m + lead; slot++)
        {
            if (slot < m)
                tasks.Add(TaskKind.Forward, stage, slot);
            if (slot < m && slot >= lead)
                tasks[^1] = tasks[^1] with { WithNext = true };
            if (slot >= lead)
                tasks.Add(TaskKind.Backward, stage, slot - lead);
        }
    });
}
