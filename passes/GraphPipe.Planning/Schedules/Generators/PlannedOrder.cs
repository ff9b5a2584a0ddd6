using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>The order of work of a partition: its schedule's, with the copies to the host that were asked for.</summary>
public static class PlannedOrder
{
    /// <param name="graph">The partition's stages, on their devices.</param>
    /// <param name="devices">Number of devices of the mesh.</param>
    /// <returns>Null with the reason (GP3003, GP3005, GP3013) in <paramref name="diagnostics"/>.</returns>
    public static PipelineSchedule? Of(PartitionRequest request, PipelinePlan plan, StageGraph graph, int devices, DiagnosticBag diagnostics)
    {
        var schedule = request.Schedule.Find(diagnostics)?.Generate(new(graph, devices), diagnostics);
        if (schedule is null || request.Offload == OffloadChoice.None)
            return schedule;
        if (!schedule.Devices.Any(d => d.Any(t => t.IsCopy)))
            return Offloading.Add(schedule, graph, OffloadCosts.Of(request, plan), request.Offload);
        diagnostics.Add(Diagnostic.Error(
            Codes.ScheduleUnsuitable, $"the schedule '{schedule.Name}' says itself what goes to the host", advice: "leave --offload out, or choose a schedule without copies, such as gis-h"));
        return null;
    }
}
