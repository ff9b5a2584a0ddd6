using GraphPipe.Bundle;
using GraphPipe.Report;
using GraphPipe.Runtime;

namespace GraphPipe;

/// <summary>The time line of a run, in the form of the simulator's.</summary>
public static class MeasuredTimeLine
{
    /// <param name="actions">Of <see cref="PipelineExecutor.Timeline"/>.</param>
    /// <param name="memory">Of the devices, which allocate all of it before the first step; null for no curve.</param>
    public static TimeLine Of(string name, ExecutionPlan plan, IEnumerable<ActionTiming> actions, MemoryPlan? memory = null)
    {
        var byDevice = actions.ToLookup(a => a.Device);
        return new(
            name, TimeUnit.Microseconds, [.. plan.Stages.Select(s => s.Name)], [.. plan.Channels.Select(c => c.Name)],
            [
                // The devices of a simulation, in its order.
                .. plan.Devices.Select(d => new DeviceLine(
                    plan.Mesh[d.Device].ToString(), [.. byDevice[d.Device].Select(WorkOf)], memory is null ? [] : [new MemoryPoint(0, memory[d.Device].Total.Value)])),
            ]);
    }

    private static TimedWork WorkOf(ActionTiming action) =>
        new(PlannedTimeLine.WorkOf(action.Action), (action.Start + action.Wait).Value, action.End.Value, action.Wait.Value);
}
