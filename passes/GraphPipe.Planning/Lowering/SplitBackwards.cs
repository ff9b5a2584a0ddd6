using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Stages whose backward a schedule has in two parts. A stage has one program, so where only some micro-batches are split the whole backwards are
/// both parts, one right behind the other; what other stages wait for leaves in between.
/// </summary>
public static class SplitBackwards
{
    /// <summary>The stages with a backward in two parts for at least one micro-batch.</summary>
    public static ImmutableHashSet<StageId> StagesOf(PipelineSchedule schedule) =>
        [.. schedule.Devices.SelectMany(d => d).Where(t => t.Kind is TaskKind.BackwardInput or TaskKind.BackwardWeight).Select(t => t.Stage)];

    /// <summary>The same schedule with every backward of those stages in two parts.</summary>
    public static PipelineSchedule Of(PipelineSchedule schedule)
    {
        var split = StagesOf(schedule);
        return split.IsEmpty ? schedule : schedule with { Devices = [.. schedule.Devices.Select(d => d.SelectMany(t => Parts(t, split)).ToImmutableArray())] };
    }

    private static ScheduleTask[] Parts(ScheduleTask task, ImmutableHashSet<StageId> split) =>
        task.Kind == TaskKind.Backward && split.Contains(task.Stage)
            ? [task with { Kind = TaskKind.BackwardInput }, task with { Kind = TaskKind.BackwardWeight }]
            : [task];
}
