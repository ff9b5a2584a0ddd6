using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// One stage per device, the backward in two parts, for given costs and a limit of activations (Qi et al., arXiv 2401.10241, section 3.1, poses this
/// problem; the search here is ours). Devices begin with one forward more for each stage behind them, or more where the limit has room.
/// </summary>
internal static class AutomaticZeroBubble
{
    public static ImmutableArray<ImmutableArray<ScheduleTask>> Order(ScheduleProblem problem, int limit)
    {
        var depths = problem.Request.Graph.Depths();
        var seeds = from slope in new[] { 1, 1.5, 2, 2.5, 3 }
                    from last in Enumerable.Range(1, Math.Min(3, limit))
                    select Seed(problem, stage => Math.Min(limit, (int)(slope * (depths[stage] - 1)) + last));
        return CostAwareOrder.Of(problem, [.. seeds], limit);
    }

    /// <summary>Activations that every order holds somewhere.</summary>
    public static int Least(ScheduleProblem problem) => Math.Min(problem.MicroBatches, problem.Request.Graph.Depth());

    private static ImmutableArray<ImmutableArray<ScheduleTask>> Seed(ScheduleProblem problem, Func<int, int> warmUp) => problem.PerDevice((stage, tasks) =>
    {
        int first = Math.Min(problem.MicroBatches, warmUp(stage));
        for (int m = 0; m < first; m++)
            tasks.Add(TaskKind.Forward, stage, m);
        for (int m = 0; m < problem.MicroBatches; m++)
        {
            tasks.Add(TaskKind.BackwardInput, stage, m);
            tasks.Add(TaskKind.BackwardWeight, stage, m);
            if (first + m < problem.MicroBatches)
                tasks.Add(TaskKind.Forward, stage, first + m);
        }
    });
}
