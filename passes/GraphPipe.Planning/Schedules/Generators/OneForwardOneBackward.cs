using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// 1F1B (Narayanan et al., PipeDream-Flush, arXiv 2006.09503) on a DAG of stages as GraphPipe has it (arXiv 2406.17145, section 4.3): every
/// stage forwards as many micro-batches as its depth asks for, then backward and forward alternate, then it drains. On a chain of p stages,
/// stage r has min(m, p − r) micro-batches in flight.
/// </summary>
[Schedule("1f1b")]
public sealed class OneForwardOneBackward : OneStageSchedule
{
    public override ImmutableArray<long> Resident(StageGraph graph) =>
        InFlight.Of(graph with { Stages = [.. graph.Stages.Select(s => s with { K = 1 })] });

    private protected override ImmutableArray<ScheduleTask> Order(StageShape stage, int microBatches, int inFlight) =>
        Alternate(stage, microBatches, inFlight, 1);
}
