using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// V-Min (Qi et al., arXiv 2405.15362): the least memory that a V allows without a growing bubble, 2·⌊(p + 4)/3⌋ half-size activations on a device, about a
/// third of 1F1B's. Made for the given costs; the limit may be set.
/// </summary>
[Schedule("v-min")]
public sealed class VMin : LimitedV
{
    private protected override int OwnLimit(ScheduleProblem problem) => 2 * ((problem.Devices + 4) / 3);

    private protected override ImmutableArray<ImmutableArray<ImmutableArray<ScheduleTask>>> Seeds(ScheduleProblem problem, int limit)
    {
        var block = ControllableMemory.Min(problem);
        return [block, ControllableMemory.AtUnitCosts(problem, block, limit)];
    }
}
