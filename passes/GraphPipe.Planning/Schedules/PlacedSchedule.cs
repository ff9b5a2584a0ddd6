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

    public PipelineSchedule? Generate(ScheduleRequest request, DiagnosticBag diagnostics)
    {
        if (Pose(request, diagnostics) is not var (problem, mesh))
            return null;
        var rows = Order(problem);
        var lists = Enumerable.Repeat(ImmutableArray<ScheduleTask>.Empty, request.Devices).ToArray();
        for (int device = 0; device < rows.Length; device++)
            lists[mesh[device].Value] = rows[device];
        return new PipelineSchedule(_name, [.. lists]);
    }

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

    /// <summary>The problem of a request, and which device of the mesh is which of its placement's; null with the reason if the schedule does not suit it.</summary>
    private (ScheduleProblem Problem, DeviceId[] Mesh)? Pose(ScheduleRequest request, DiagnosticBag diagnostics)
    {
        var graph = request.Graph;
        void Unsuitable(string message, string advice) => diagnostics.Add(Diagnostic.Error(Codes.ScheduleUnsuitable, message, advice: advice));
        if (!PlacementCheck.Uses(_name, Traits, request, diagnostics) || !PlacementCheck.Divides(graph, diagnostics))
            return null;
        if (graph.Stages.Select(s => s.MicroBatch).Distinct().Count() > 1)
        {
            Unsuitable($"the schedule '{_name}' needs one size of micro-batches for all stages", "choose one with --micro-batch, or the schedule kfkb");
            return null;
        }

        int devices = graph.Stages.Select(s => s.Device).Distinct().Count();
        if (Place(graph.Stages.Length, devices, diagnostics) is not { } placement || PlacementCheck.Match(_name, placement, graph, diagnostics) is not { } mesh)
            return null;
        int microBatches = graph.MicroBatches(new(0));
        var problem = new ScheduleProblem(placement, microBatches, request.Costs ?? ScheduleCosts.Unit(graph.Stages.Length), request);
        if (Need(problem) is { } need)
        {
            Unsuitable($"the schedule '{_name}' needs {need}; there are {microBatches} micro-batches of {graph.Stages.Length} stages on {devices} devices", "choose other numbers, or another schedule");
            return null;
        }

        return (problem, mesh);
    }
}
