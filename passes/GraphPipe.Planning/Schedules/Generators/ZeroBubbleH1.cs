using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// ZB-H1 (Qi et al., Zero Bubble Pipeline Parallelism, arXiv 2401.10241, section 2.2): 1F1B whose weight parts fill the bubbles, with 1F1B's memory and a
/// third of its bubble, (p − 1)(F + I − W). With several stages per device it is the interleaved order; the makespan is 3vm + p − 1 for m ≥ p and
/// F = I = W. The order is that of torch.distributed.pipelining.ScheduleInterleavedZeroBubble, whatever the costs; one made for costs and a limit is <c>zb-h2</c> with
/// the limit p.
/// </summary>
[Schedule("zb-h1")]
public sealed class ZeroBubbleH1() : PlacedSchedule(new(PlacementKind.Loop))
{
    private protected override string? Need(ScheduleProblem problem) => InterleavedOrder.Need(problem);

    private protected override ImmutableArray<ImmutableArray<ScheduleTask>> Order(ScheduleProblem problem) => InterleavedOrder.Of(problem, lead: 1, splits: true);
}
