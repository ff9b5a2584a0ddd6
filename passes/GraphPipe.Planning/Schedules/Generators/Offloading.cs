using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// Copies of activations to the host and back, added to an order of work (PipeOffload, arXiv 2503.01328, section 3). Each device has one way out and one way
/// in, side by side, as a PCIe link has: an activation leaves as soon as it is there and the way is free, and comes back as late as its backward
/// allows. What could not be back in time stays.
/// </summary>
internal static class Offloading
{
    /// <param name="stages">Those below it send their activations away.</param>
    public static ImmutableArray<ImmutableArray<ScheduleTask>> Add(ScheduleProblem problem, ImmutableArray<ImmutableArray<ScheduleTask>> rows, int stages)
    {
        var timeline = ScheduleSimulator.Run(new PipelineSchedule("", rows), StageNeighbours.Of(problem.Request.Graph), problem.Costs, cancellation: problem.Request.Cancellation);
        double share = problem.Request.OffloadTime ?? 0.5;
        double CopyTime(ScheduleTask task) => share * (problem.Costs.Stages[task.Stage.Value].Forward + problem.Costs.Stages[task.Stage.Value].Backward);
        return [.. timeline.Devices.Select(device => Add(device.Tasks, task => task.Stage.Value < stages, CopyTime))];
    }

    private static ImmutableArray<ScheduleTask> Add(ImmutableArray<TimedTask> tasks, Func<ScheduleTask, bool> goes, Func<ScheduleTask, double> copyTime)
    {
        // When each activation has to begin its way back, from the last one on.
        var returns = new Dictionary<(int Stage, int MicroBatch), double>();
        double free = double.PositiveInfinity;
        foreach (var (task, start, _) in tasks.Reverse())
        {
            if (task.Kind == TaskKind.BackwardInput && goes(task))
                returns[Key(task)] = free = Math.Min(free, start) - copyTime(task);
        }

        var outward = new List<(double Time, ScheduleTask Task)>();
        var inward = new List<(double Time, ScheduleTask Task)>();
        double sent = 0;
        foreach (var (task, _, end) in tasks.Where(t => t.Task.Kind == TaskKind.Forward && goes(t.Task)))
        {
            double leaves = Math.Max(end, sent), gone = leaves + copyTime(task);
            if (gone >= returns[Key(task)])
            {
                returns.Remove(Key(task));
                continue;
            }

            sent = gone;
            outward.Add((leaves, task with { Kind = TaskKind.OffloadStart }));
            outward.Add((gone, task with { Kind = TaskKind.OffloadEnd }));
            inward.Add((returns[Key(task)], task with { Kind = TaskKind.ReloadPrepare }));
            inward.Add((returns[Key(task)], task with { Kind = TaskKind.ReloadStart }));
        }

        return Merge(tasks, [.. outward.OrderBy(c => c.Time)], [.. inward.OrderBy(c => c.Time)], returns.ContainsKey);
    }

    /// <summary>
    /// In the middle of other work, what goes out is written behind it, because only then is it certain; what comes in before it, to be there in time.
    /// </summary>
    private static ImmutableArray<ScheduleTask> Merge(
        ImmutableArray<TimedTask> tasks, List<(double Time, ScheduleTask Task)> outward, List<(double Time, ScheduleTask Task)> inward, Func<(int, int), bool> returns)
    {
        var row = new List<ScheduleTask>();
        int gone = 0, back = 0;
        foreach (var (task, start, end) in tasks)
        {
            for (; gone < outward.Count && outward[gone].Time <= start; gone++)
                row.Add(outward[gone].Task);
            for (; back < inward.Count && inward[back].Time < end; back++)
                row.Add(inward[back].Task);
            row.Add(task);
            if (task.Kind == TaskKind.BackwardWeight && returns(Key(task)))
                row.Add(task with { Kind = TaskKind.ReloadEnd });
        }

        return [.. row];
    }

    private static (int Stage, int MicroBatch) Key(ScheduleTask task) => (task.Stage.Value, task.MicroBatch.Index);
}
