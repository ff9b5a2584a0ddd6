using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe.Report;

/// <summary>Time lines of what was simulated.</summary>
public static class PlannedTimeLine
{
    /// <summary>Of a schedule without a plan.</summary>
    public static TimeLine Of(string name, ScheduleTimeline timeline)
    {
        int stages = 1 + timeline.Devices.SelectMany(d => d.Tasks).Select(t => t.Task.Stage.Value).DefaultIfEmpty(-1).Max();
        return new TimeLine(
            name, TimeUnit.Cost, [.. Enumerable.Range(0, stages).Select(Number)], [],
            [.. timeline.Devices.Select(d => new DeviceLine($"device {Number(d.Device.Value)}", [.. WorksOf(d.Tasks)], []))]);
    }

    /// <summary>Of a plan.</summary>
    /// <param name="memory">By stage: gives each device its curve of memory; null for none.</param>
    public static TimeLine Of(string name, ExecutionPlan plan, SimulationResult result, ImmutableArray<StageFootprint>? memory = null) => new(
        name, TimeUnit.Microseconds, [.. plan.Stages.Select(s => s.Name)], [.. plan.Channels.Select(c => c.Name)],
        [.. result.Devices.Select(d => new DeviceLine(plan.Mesh[d.Device].ToString(), WorksOf(d), memory is { } bytes ? Curve(plan, d, bytes) : []))]);

    /// <summary>What an action is on a time line.</summary>
    public static Work WorkOf(in PlanAction action) => new(KindOf(action.Kind), action.Target, action.MicroBatch, action.Range.Start);

    private static WorkKind KindOf(ActionKind kind) => kind switch
    {
        ActionKind.Forward => WorkKind.Forward,
        ActionKind.Backward => WorkKind.Backward,
        ActionKind.BackwardInput => WorkKind.BackwardInput,
        ActionKind.BackwardWeight => WorkKind.BackwardWeight,
        ActionKind.Send => WorkKind.Send,
        ActionKind.Recv => WorkKind.Receive,
        ActionKind.Offload => WorkKind.Offload,
        ActionKind.Reload => WorkKind.Reload,
        _ => WorkKind.Step,
    };

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    // A send or a receive starts when it passes; what lies between it and the action before it is the wait.
    private static ImmutableArray<TimedWork> WorksOf(DeviceTimeline device)
    {
        var works = ImmutableArray.CreateBuilder<TimedWork>(device.Actions.Length);
        double free = 0;
        foreach (var (action, start, end) in device.Actions)
        {
            var work = WorkOf(action);
            works.Add(new(work, start.Value, end.Value, work.IsMessage ? Math.Max(0, start.Value - free) : 0));
            if (!work.IsCopy)
                free = Math.Max(free, end.Value);
        }

        // A copy begins later than what stands behind it if its queue has other copies.
        return device.Actions.Any(a => a.Action.IsCopy) ? [.. works.OrderBy(w => w.Start)] : works.MoveToImmutable();
    }

    private static ImmutableArray<MemoryPoint> Curve(ExecutionPlan plan, DeviceTimeline device, ImmutableArray<StageFootprint> memory) =>
        [.. MemoryCurve.Of(plan, new SimulationCosts([]) { Memory = memory }, device).Select(p => new MemoryPoint(p.Time.Value, p.Bytes.Value))];

    // Of a table's other entries (messages, copies to the host) only the moments are known.
    private static IEnumerable<TimedWork> WorksOf(ImmutableArray<TimedTask> tasks) =>
        from timed in tasks
        where timed.Task.IsCompute || timed.Task.Kind == TaskKind.Recompute
        let kind = timed.Task.Kind == TaskKind.Recompute ? WorkKind.Recompute : KindOf(timed.Task.Action)
        select new TimedWork(new(kind, timed.Task.Stage.Value, timed.Task.MicroBatch, timed.Task.MicroBatch.Index), timed.Start, timed.End, 0);
}
