using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// kFkB (GraphPipe, arXiv 2406.17145, section 4.3): as 1F1B, but a stage takes k forwards and k backwards in turn, k its own. With k = 1
/// everywhere it is 1F1B.
/// </summary>
[Schedule("kfkb")]
public sealed class KForwardKBackward : OneStageSchedule
{
    public override ImmutableArray<long> Resident(StageGraph graph) => InFlight.Of(graph);

    private protected override ImmutableArray<ScheduleTask> Order(StageShape stage, int microBatches, int inFlight) =>
        Alternate(stage, microBatches, inFlight, stage.K);
}
