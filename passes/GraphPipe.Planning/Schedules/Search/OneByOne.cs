using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>One micro-batch after the other: the order that holds least, so one within every limit that there is an order for. Where searches begin.</summary>
internal static class OneByOne
{
    /// <param name="placement">With one copy of the model.</param>
    /// <param name="backward">What stands for a backward: the whole, or its parts in their order.</param>
    public static ImmutableArray<ImmutableArray<ScheduleTask>> Order(SchedulePlacement placement, int microBatches, params ReadOnlySpan<TaskKind> backward)
    {
        var rows = ImmutableArray.CreateBuilder<ImmutableArray<ScheduleTask>>(placement.Devices);
        for (int device = 0; device < placement.Devices; device++)
        {
            var stages = placement.On(new(device));
            var tasks = new List<ScheduleTask>();
            for (int m = 0; m < microBatches; m++)
            {
                foreach (var (stage, _) in stages)
                    tasks.Add(TaskKind.Forward, stage.Value, m);
                foreach (var (stage, _) in stages.Reverse())
                {
                    foreach (var kind in backward)
                        tasks.Add(kind, stage.Value, m);
                }
            }

            rows.Add([.. tasks]);
        }

        return rows.MoveToImmutable();
    }
}
