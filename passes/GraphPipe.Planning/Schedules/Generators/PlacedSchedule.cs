using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>Schedules that place stages by a rule of their own and have one size of micro-batches.</summary>
public abstract class PlacedSchedule : ISchedule
{
    private readonly string _name;
    private readonly ConcurrentDictionary<string, ImmutableArray<long>> _inFlight = new();

    private protected PlacedSchedule(ScheduleTraits traits)
    {
        Traits = traits;
        _name = GetType().GetCustomAttribute<ScheduleAttribute>()!.Name;
    }

    public ScheduleTraits Traits { get; }

    public SchedulePlacement? Place(int stages, int devices, DiagnosticBag diagnostics) => PlacementCheck.Place(_name, Traits.Placement, stages, devices, diagnostics);

    public PipelineSchedule? Generate(ScheduleRequest request, DiagnosticBag diagnostics) =>
        Pose(request, diagnostics) is var (problem, mesh) ? problem.OnMesh(_name, Order(problem), mesh) : null;

    /// <summary>What the order holds on the device. Where there is no order, because the schedule does not suit the graph, everything.</summary>
    public ImmutableArray<long> Resident(StageGraph graph)
    {
        // Partitioners ask for the same few graphs again and again, and some orders are searched for.
        string key = $"{graph.Pipeline} {graph.MiniBatch}: {string.Join(' ', graph.Stages.Select(s => $"{s.Device}/{s.MicroBatch}/{s.K}"))}; {string.Join(' ', graph.Edges)}";
        if (_inFlight.TryGetValue(key, out var known))
            return known;
        var request = new ScheduleRequest(graph, 1 + graph.Stages.Max(s => s.Device.Value));
        return _inFlight[key] = Pose(request, new DiagnosticBag()) is var (problem, _)
            ? InFlight.ResidentOf(new PipelineSchedule(_name, Order(problem)), graph)
            : [.. graph.Stages.Select(_ => graph.MiniBatch)];
    }

    /// <summary>What the schedule needs and the problem does not have, in words that go after "needs"; null if it suits.</summary>
    private protected virtual string? Need(ScheduleProblem problem) => null;

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
