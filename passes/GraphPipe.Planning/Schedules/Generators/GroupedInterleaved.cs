using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>Generalised interleaved schedules by name: they differ in the size of groups and in what is recomputed or offloaded unless the request says so.</summary>
public abstract class GroupedInterleaved : PlacedSchedule
{
    private protected GroupedInterleaved(ScheduleSettings settings)
        : base(new(PlacementKind.Loop) { Settings = settings | ScheduleSettings.GroupSize })
    {
    }

    /// <summary>Micro-batches of a group, if the request leaves it open.</summary>
    private protected abstract int Group(ScheduleProblem problem);

    /// <summary>Stages of a device whose activations go to the host, if the request leaves it open.</summary>
    private protected virtual int Offloaded(ScheduleProblem problem) => 0;

    private protected override string? Need(ScheduleProblem problem) =>
        problem.Request.GroupSize is < 1 ? "a group of at least one micro-batch"
        : problem.Request.RecomputedChunks is { } again && (again < 0 || again > problem.StagesPerDevice) ? "to recompute no more stages than a device has"
        : problem.Request.OffloadedChunks is { } away && (away < 0 || away > problem.StagesPerDevice) ? "to offload no more stages than a device has"
        : null;

    private protected override ImmutableArray<ImmutableArray<ScheduleTask>> Order(ScheduleProblem problem)
    {
        var rows = GroupedInterleavedOrder.Of(problem, problem.Request.GroupSize ?? Group(problem));
        if (problem.Request.RecomputedChunks is { } again and > 0)
            rows = [.. rows.Select(row => Recompute(row, problem.Devices * again))];
        int away = problem.Request.OffloadedChunks ?? Offloaded(problem);
        return away > 0 ? Offloading.Add(problem, rows, problem.Devices * away) : rows;
    }

    /// <param name="stages">Those below it run their forward again.</param>
    private static ImmutableArray<ScheduleTask> Recompute(ImmutableArray<ScheduleTask> row, int stages)
    {
        var tasks = new List<ScheduleTask>(row.Length);
        foreach (var task in row)
        {
            if (task.Kind == TaskKind.BackwardInput && task.Stage.Value < stages)
                tasks.Add(task with { Kind = TaskKind.Recompute });
            tasks.Add(task);
        }

        return [.. tasks];
    }
}
