using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>Turns one order per stage into one per device, for the schedules in which a device runs one stage.</summary>
internal static class OneStagePerDevice
{
    /// <returns>Null with GP3013 if two stages share a device.</returns>
    public static PipelineSchedule? Place(
        string name, StageGraph graph, int devices, DiagnosticBag diagnostics, Func<StageShape, ImmutableArray<ScheduleTask>> order)
    {
        bool suits = true;
        foreach (var shared in graph.Stages.GroupBy(s => s.Device).Where(g => g.Count() > 1))
        {
            suits = false;
            diagnostics.Add(Diagnostic.Error(
                Codes.ScheduleUnsuitable,
                $"the schedule '{name}' runs one stage per device, but {string.Join(" and ", shared.Select(s => s.Id))} are on {shared.Key}",
                advice: "give every stage a device of its own, or choose a schedule for several stages per device"));
        }

        foreach (var uneven in graph.Stages.Where(s => s.MicroBatch < 1 || graph.MiniBatch % s.MicroBatch != 0))
        {
            suits = false;
            diagnostics.Add(Diagnostic.Error(
                Codes.MicroBatchUneven, $"micro-batches of {uneven.MicroBatch} samples of {uneven.Id} do not divide the mini-batch of {graph.MiniBatch}"));
        }

        if (!suits)
            return null;
        var lists = Enumerable.Repeat(ImmutableArray<ScheduleTask>.Empty, devices).ToArray();
        foreach (var stage in graph.Stages)
            lists[stage.Device.Value] = order(stage);
        return new PipelineSchedule(name, [.. lists]);
    }

    /// <summary><paramref name="first"/> forwards, then k backwards and k forwards in turn, then the remaining backwards.</summary>
    public static ImmutableArray<ScheduleTask> Alternate(StageShape stage, int microBatches, int first, int k)
    {
        var tasks = ImmutableArray.CreateBuilder<ScheduleTask>(2 * microBatches);
        int forward = 0, backward = 0;
        void Run(ActionKind kind, ref int next, int count)
        {
            for (; count > 0 && next < microBatches; count--)
                tasks.Add(new ScheduleTask(kind, stage.Id, new MicroBatch(next++)));
        }

        Run(ActionKind.Forward, ref forward, first);
        while (backward < microBatches)
        {
            Run(ActionKind.Backward, ref backward, k);
            Run(ActionKind.Forward, ref forward, k);
        }

        return tasks.ToImmutable();
    }
}
