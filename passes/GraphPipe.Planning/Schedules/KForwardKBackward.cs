using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// kFkB (GraphPipe, arXiv 2406.17145, section 4.3): as 1F1B, but a stage takes k forwards and k backwards in turn, k its own. With k = 1
/// everywhere it is 1F1B.
/// </summary>
[Schedule("kfkb")]
public sealed class KForwardKBackward : ISchedule
{
    public PipelineSchedule? Generate(StageGraph graph, int devices, DiagnosticBag diagnostics)
    {
        var inFlight = InFlight(graph);
        return OneStagePerDevice.Place("kfkb", graph, devices, diagnostics, stage => OneStagePerDevice.Alternate(
            stage, graph.MicroBatches(stage.Id), (int)(inFlight[stage.Id.Value] / stage.MicroBatch), stage.K));
    }

    public ImmutableArray<long> InFlight(StageGraph graph) => Planning.InFlight.Of(graph);
}
