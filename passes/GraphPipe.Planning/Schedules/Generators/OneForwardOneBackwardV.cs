using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// 1F1B on a V, with whole backwards (Qi et al., arXiv 2405.15362, section 4.4): about three quarters of 1F1B's memory, 3p/2 half-size
/// activations on a device where p is a multiple of four, for a bubble a little over its. Made for the given costs; the limit may be set.
/// </summary>
[Schedule("1f1bv")]
public sealed class OneForwardOneBackwardV : LimitedV
{
    private protected override int OwnLimit(ScheduleProblem problem) => ControllableMemory.Peak(ControllableMemory.WholeBackwards(problem));

    private protected override ImmutableArray<ImmutableArray<ImmutableArray<ScheduleTask>>> Seeds(ScheduleProblem problem, int limit) => [ControllableMemory.WholeBackwards(problem)];
}
