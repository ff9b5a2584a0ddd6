using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>Whether a stage graph is what a schedule can place, with the words for what it is not.</summary>
internal static class PlacementCheck
{
    /// <returns>Null with GP3013 if the rule of placement does not fit.</returns>
    public static SchedulePlacement? Place(string schedule, PlacementKind kind, int stages, int devices, DiagnosticBag diagnostics)
    {
        if (SchedulePlacement.Of(kind, stages, devices, out string need) is { } placement)
            return placement;
        diagnostics.Add(Diagnostic.Error(
            Codes.ScheduleUnsuitable, $"the schedule '{schedule}' needs {need}; there are {stages} stages on {devices} devices", advice: "choose another number of stages, or another schedule"));
        return null;
    }

    /// <summary>GP3013 if the request has a setting that the schedule has no use for.</summary>
    public static bool Uses(string schedule, ScheduleTraits traits, ScheduleRequest request, DiagnosticBag diagnostics)
    {
        var unused = request.Settings & ~traits.Settings;
        if (unused == ScheduleSettings.None)
            return true;
        var words = new[]
        {
            (ScheduleSettings.InFlightLimit, "a limit of what is in flight"),
            (ScheduleSettings.GroupSize, "a group size"),
            (ScheduleSettings.Recompute, "recomputation"),
            (ScheduleSettings.Offload, "offloading"),
        }.Where(s => unused.HasFlag(s.Item1)).Select(s => s.Item2);
        diagnostics.Add(Diagnostic.Error(
            Codes.ScheduleUnsuitable, $"the schedule '{schedule}' has no use for {string.Join(" and ", words)}", advice: "leave the setting out, or choose another schedule"));
        return false;
    }

    /// <summary>GP3003 for every stage whose micro-batches don't divide the mini-batch.</summary>
    public static bool Divides(StageGraph graph, DiagnosticBag diagnostics)
    {
        bool all = true;
        foreach (var uneven in graph.Stages.Where(s => s.MicroBatch < 1 || graph.MiniBatch % s.MicroBatch != 0))
        {
            all = false;
            diagnostics.Add(Diagnostic.Error(
                Codes.MicroBatchUneven, $"micro-batches of {uneven.MicroBatch} samples of {uneven.Id} do not divide the mini-batch of {graph.MiniBatch}"));
        }

        return all;
    }

    /// <summary>
    /// Which device of the mesh is which of the placement's: stages that it puts together must be together, and others apart.
    /// </summary>
    /// <returns>By device of the placement; null with GP3013 if the stages are elsewhere.</returns>
    public static DeviceId[]? Match(string schedule, SchedulePlacement placement, StageGraph graph, DiagnosticBag diagnostics)
    {
        var real = new DeviceId?[placement.Devices];
        var first = new Dictionary<DeviceId, StageShape>();
        foreach (var stage in graph.Stages)
        {
            int device = placement[stage.Id].Value;
            real[device] ??= stage.Device;
            var known = first.TryAdd(stage.Device, stage) ? stage : first[stage.Device];
            if (real[device] == stage.Device && placement[known.Id].Value == device)
                continue;
            var other = real[device] == stage.Device ? known : graph.Stages.First(s => placement[s.Id].Value == device);
            diagnostics.Add(Diagnostic.Error(
                Codes.ScheduleUnsuitable,
                $"the schedule '{schedule}' wants {other.Id} and {stage.Id} {(other.Device == stage.Device ? "on different devices" : "on one device")}, but they are on {other.Device} and {stage.Device}",
                advice: "place the stages by the schedule's rule, or choose another schedule"));
            return null;
        }

        return [.. real.Select(d => d!.Value)];
    }
}
