using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// All forwards, then all backwards, both in ascending order of micro-batches (Huang et al., GPipe, arXiv 1811.06965; the order is that of
/// torch.distributed.pipelining.ScheduleGPipe). Everything is in flight at the turn.
/// </summary>
[Schedule("gpipe")]
public sealed class GPipe : ISchedule
{
    public PipelineSchedule? Generate(StageGraph graph, int devices, DiagnosticBag diagnostics) =>
        OneStagePerDevice.Place("gpipe", graph, devices, diagnostics, stage =>
        {
            int microBatches = graph.MicroBatches(stage.Id);
            return OneStagePerDevice.Alternate(stage, microBatches, microBatches, microBatches);
        });

    public ImmutableArray<long> InFlight(StageGraph graph) => [.. graph.Stages.Select(_ => graph.MiniBatch)];
}
