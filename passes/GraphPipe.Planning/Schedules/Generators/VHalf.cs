using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// V-Half (Qi et al., arXiv 2405.15362): half of 1F1B's activations, 2·⌊(p + 2)/2⌋ half-size ones on a device, and about half of its bubble where
/// F, I and W are alike. Made for the given costs; the limit may be set.
/// </summary>
[Schedule("v-half")]
public sealed class VHalf : LimitedV
{
    private protected override int OwnLimit(ScheduleProblem problem) => 2 * ((problem.Devices + 2) / 2);

    private protected override ImmutableArray<ImmutableArray<ImmutableArray<ScheduleTask>>> Seeds(ScheduleProblem problem, int limit)
    {
        var block = ControllableMemory.Half(problem);
        return [block, ControllableMemory.AtUnitCosts(problem, block, limit)];
    }
}
