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

    /// <summary>The problem of a request, and which device of the mesh is which of its placement's.</summary>
    /// <param name="schedule">Its name, for diagnostics.</param>
    /// <param name="place"><see cref="ISchedule.Place"/> of the schedule.</param>
    /// <returns>
    /// Null with GP3013 (GP3003 for micro-batches that don't divide) in <paramref name="diagnostics"/> if settings, micro-batches or the places of the stages
    /// don't suit a schedule of these traits.
    /// </returns>
    public static (ScheduleProblem Problem, DeviceId[] Mesh)? Of(
        string schedule, ScheduleTraits traits, Func<int, int, DiagnosticBag, SchedulePlacement?> place, ScheduleRequest request, DiagnosticBag diagnostics)
    {
        var graph = request.Graph;
        void Unsuitable(string message, string advice) => diagnostics.Add(Diagnostic.Error(Codes.ScheduleUnsuitable, message, advice: advice));
        if (!PlacementCheck.Uses(schedule, traits, request, diagnostics) || !PlacementCheck.Divides(graph, diagnostics))
            return null;
        if (graph.Stages.Select(s => s.MicroBatch).Distinct().Count() > 1)
        {
            Unsuitable($"the schedule '{schedule}' needs one size of micro-batches for all stages", "choose one with --micro-batch, or the schedule kfkb");
            return null;
        }

        int devices = graph.Stages.Select(s => s.Device).Distinct().Count();
        return place(graph.Stages.Length, devices, diagnostics) is { } placement && PlacementCheck.Match(schedule, placement, graph, diagnostics) is { } mesh
            ? (new(placement, graph.MicroBatches(new(0)), request.Costs ?? ScheduleCosts.Unit(graph.Stages.Length), request), mesh)
            : null;
    }

    /// <summary>An order of the placement's devices as one of the mesh's.</summary>
    /// <param name="rows">By device of the placement.</param>
    public PipelineSchedule OnMesh(string schedule, ImmutableArray<ImmutableArray<ScheduleTask>> rows, DeviceId[] mesh)
    {
        var lists = Enumerable.Repeat(ImmutableArray<ScheduleTask>.Empty, Request.Devices).ToArray();
        for (int device = 0; device < rows.Length; device++)
            lists[mesh[device].Value] = rows[device];
        return new PipelineSchedule(schedule, [.. lists]);
    }

    /// <summary>Each device's work from a rule for one of them.</summary>
    public ImmutableArray<ImmutableArray<ScheduleTask>> PerDevice(Action<int, List<ScheduleTask>> rule)
    {
        var rows = ImmutableArray.CreateBuilder<ImmutableArray<ScheduleTask>>(Devices);
        for (int device = 0; device < Devices; device++)
        {
            Request.Cancellation.ThrowIfCancellationRequested();
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
