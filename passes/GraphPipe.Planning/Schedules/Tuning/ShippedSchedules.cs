using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>What the schedules and programs of the assembly make of a problem.</summary>
internal static class ShippedSchedules
{
    /// <summary>
    /// By name, each with the limit if it takes one; the others, whatever they hold. Without those that update weights on the way, which do other work, and those that send activations
    /// to the host, whose memory is not all on the device.
    /// </summary>
    public static ImmutableArray<ShippedSchedule> Of(TuningProblem problem, CancellationToken cancellation)
    {
        var bag = new DiagnosticBag();
        var schedules = ScheduleTable.Names.Select(n => (Name: n, Schedule: ScheduleTable.Find(n, bag)!))
            .Where(s => !s.Schedule.Traits.IsAsynchronous && !s.Schedule.Traits.Settings.HasFlag(ScheduleSettings.Offload))
            .ToDictionary(s => s.Name, s => s.Schedule);
        // A program of a schedule's name makes that schedule.
        foreach (string name in ShippedPrograms.Names.Where(n => !schedules.ContainsKey(n)))
            schedules.Add(name, ShippedPrograms.Find(name)!);
        return [.. schedules.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => Of(problem, s.Key, s.Value, cancellation))];
    }

    private static ShippedSchedule Of(TuningProblem problem, string name, ISchedule schedule, CancellationToken cancellation)
    {
        var bag = new DiagnosticBag();
        bool takesLimit = schedule.Traits.Settings.HasFlag(ScheduleSettings.InFlightLimit);
        var order = Order(problem, schedule, takesLimit ? problem.Limit : null, bag, cancellation);
        return new(name, order is null ? null : TunedSchedule.Of(problem, order, (schedule as ProgramSchedule)?.Program, cancellation), bag.All.Select(d => d.Message).FirstOrDefault(""));
    }

    /// <returns>Null with the reason in <paramref name="diagnostics"/> if there is no such order.</returns>
    public static PipelineSchedule? Order(TuningProblem problem, ISchedule schedule, int? limit, DiagnosticBag diagnostics, CancellationToken cancellation) =>
        Place(problem, schedule, diagnostics) is { } placement
            ? schedule.Generate(new(StageGraph.Line(placement, problem.MicroBatches), problem.Devices) { Costs = problem.Costs, InFlightLimit = limit, Cancellation = cancellation }, diagnostics)
            : null;

    private static SchedulePlacement? Place(TuningProblem problem, ISchedule schedule, DiagnosticBag diagnostics)
    {
        if (schedule.Traits.Placement != PlacementKind.Bidirectional || problem.TakesTwoCopies)
            return schedule.Place(problem.Stages, problem.Devices, diagnostics);
        diagnostics.Add(Diagnostic.Error(Codes.ScheduleUnsuitable, "it has two copies of the model", advice: "leave out that there is to be one"));
        return null;
    }
}
