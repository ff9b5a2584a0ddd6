using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// 1F1B-SO of BaPipe (Zhao et al., arXiv 2012.12544, section 3.2.2): twice as many forwards at the beginning as 1F1B, so that a device has work of another
/// micro-batch while messages travel; 2(p − r) activations on stage r. BaPipe's other orders are these: 1F1B-AS and 1F1B-SNO are <c>1f1b</c>, on devices
/// that do and do not compute while they communicate, and FBP-AS is <c>fbp-as</c>.
/// </summary>
[Schedule("1f1b-so")]
public sealed class OneForwardOneBackwardOverlapped : OneStageSchedule
{
    public override ImmutableArray<long> Resident(StageGraph graph)
    {
        var single = InFlight.Of(graph with { Stages = [.. graph.Stages.Select(s => s with { K = 1 })] });
        return [.. single.Select(w => Math.Min(graph.MiniBatch, 2 * w))];
    }

    private protected override ImmutableArray<ScheduleTask> Order(StageShape stage, int microBatches, int inFlight) =>
        Alternate(stage, microBatches, inFlight, 1);
}
