using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// Interleaved 1F1B (Narayanan et al., Megatron-LM, arXiv 2104.04473): v stages on a device cut the bubble to a v-th, for v times the messages. With m ≥ p
/// micro-batches and even costs the makespan is (vm + p − 1)(F + B); device r holds (v − 1)·k + 2(p − 1 − r) + 1 activations, k micro-batches
/// to a round. The order is that of torch.distributed.pipelining.ScheduleInterleaved1F1B.
/// </summary>
[Schedule("interleaved")]
public sealed class Interleaved() : PlacedSchedule(new(PlacementKind.Loop))
{
    private protected override string? Need(ScheduleProblem problem) => InterleavedOrder.Need(problem);

    private protected override ImmutableArray<ImmutableArray<ScheduleTask>> Order(ScheduleProblem problem) => InterleavedOrder.Of(problem, lead: 2, splits: false);
}
