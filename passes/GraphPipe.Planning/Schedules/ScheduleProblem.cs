using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>What is left for a schedule to decide: stages that have their devices, and one number of micro-batches.</summary>
/// <param name="Placement">Its devices are numbered as the schedule sees them.</param>
/// <param name="Costs">By number of the stage.</param>
/// <param name="Request">For the settings.</param>
internal sealed record ScheduleProblem(SchedulePlacement Placement, int MicroBatches, ScheduleCosts Costs, ScheduleRequest Request)
{
    public int Devices => Placement.Devices;

    public int Stages => Placement.Stages;

    /// <summary>Stages of each device; of a bidirectional placement those of one copy.</summary>
    public int StagesPerDevice => Stages / Devices;

    /// <summary>Each device's work from a rule for one of them.</summary>
    public ImmutableArray<ImmutableArray<ScheduleTask>> PerDevice(Action<int, List<ScheduleTask>> rule)
    {
        var rows = ImmutableArray.CreateBuilder<ImmutableArray<ScheduleTask>>(Devices);
        for (int device = 0; device < Devices; device++)
        {
            var tasks = new List<ScheduleTask>();
            rule(device, tasks);
            rows.Add([.. tasks]);
        }

        return rows.MoveToImmutable();
    }
}

internal static class ScheduleTaskList
{
    public static void Add(this List<ScheduleTask> tasks, TaskKind kind, int stage, int microBatch) => tasks.Add(new(kind, new StageId(stage), new MicroBatch(microBatch)));
}
