using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// All forwards, then all backwards, both in ascending order of micro-batches (Huang et al., GPipe, arXiv 1811.06965; the order is that of
/// torch.distributed.pipelining.ScheduleGPipe). Everything is in flight at the turn.
/// </summary>
[Schedule("gpipe")]
public sealed class GPipe : OneStageSchedule
{
    public override ImmutableArray<long> Resident(StageGraph graph) => [.. graph.Stages.Select(_ => graph.MiniBatch)];

    private protected override ImmutableArray<ScheduleTask> Order(StageShape stage, int microBatches, int inFlight) =>
        Alternate(stage, microBatches, microBatches, microBatches);
}
