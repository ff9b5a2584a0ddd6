using System.Collections.Immutable;
using System.Reflection;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>Schedules that place stages by a rule of their own and have one size of micro-batches.</summary>
public abstract class PlacedSchedule : ISchedule
{
    private readonly string _name;

    private protected PlacedSchedule(ScheduleTraits traits)
    {
        Traits = traits;
        _name = GetType().GetCustomAttribute<ScheduleAttribute>()!.Name;
    }

    public ScheduleTraits Traits { get; }

    public SchedulePlacement? Place(int stages, int devices, DiagnosticBag diagnostics) => PlacementCheck.Place(_name, Traits.Placement, stages, devices, diagnostics);

    public PipelineSchedule? Generate(ScheduleRequest request, DiagnosticBag diagnostics) =>
        Pose(request, diagnostics) is var (problem, mesh) ? problem.OnMesh(_name, Order(problem), mesh) : null;

    /// <summary>
    /// What the order holds; of a schedule that searches for its order the most that it may hold. Where there is no order, because the schedule does not suit
    /// the graph, everything.
    /// </summary>
    public ImmutableArray<long> InFlight(StageGraph graph)
    {
        var request = new ScheduleRequest(graph, 1 + graph.Stages.Max(s => s.Device.Value));
        if (Pose(request, new DiagnosticBag()) is not var (problem, _))
            return [.. graph.Stages.Select(_ => graph.MiniBatch)];
        return Limit(problem) is { } limit
            ? [.. graph.Stages.Select(s => Math.Min(graph.MiniBatch, limit * s.MicroBatch))]
            : Planning.InFlight.PeakOf(new PipelineSchedule(_name, Order(problem)), graph);
    }

    /// <summary>What the schedule needs and the problem does not have, in words that go after "needs"; null if it suits.</summary>
    private protected virtual string? Need(ScheduleProblem problem) => null;

    /// <summary>Activations that a device holds at most, of a schedule whose order is searched for within them; null for the others.</summary>
    private protected virtual int? Limit(ScheduleProblem problem) => null;

    /// <summary>The work of each device of the placement.</summary>
    private protected abstract ImmutableArray<ImmutableArray<ScheduleTask>> Order(ScheduleProblem problem);

    private (ScheduleProblem Problem, DeviceId[] Mesh)? Pose(ScheduleRequest request, DiagnosticBag diagnostics)
    {
        if (ScheduleProblem.Of(_name, Traits, Place, request, diagnostics) is not var (problem, mesh))
            return null;
        if (Need(problem) is not { } need)
            return (problem, mesh);
        diagnostics.Add(Diagnostic.Error(
            Codes.ScheduleUnsuitable,
            $"the schedule '{_name}' needs {need}; there are {problem.MicroBatches} micro-batches of {problem.Stages} stages on {problem.Devices} devices",
            advice: "choose other numbers, or another schedule"));
        return null;
    }
}
