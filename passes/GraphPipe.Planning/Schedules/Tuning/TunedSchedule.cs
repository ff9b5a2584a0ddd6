namespace GraphPipe.Planning;

/// <summary>A schedule with what the simulator says of it.</summary>
/// <param name="Peak">Activations, the most on any device.</param>
/// <param name="Spans">The sum of the devices' own spans.</param>
/// <param name="Program">What makes it; null for an order of work that no program made.</param>
public sealed record TunedSchedule(PipelineSchedule Schedule, double Makespan, int Peak, double Spans, ScheduleProgram? Program = null)
{
    internal static TunedSchedule Of(TuningProblem problem, PipelineSchedule schedule, ScheduleProgram? program, CancellationToken cancellation)
    {
        var timeline = ScheduleSimulator.Run(schedule, StageNeighbours.Chain(problem.Stages), problem.Costs, cancellation: cancellation);
        return new(schedule, timeline.Makespan, timeline.Devices.Max(d => d.PeakInFlight), timeline.Devices.Sum(d => d.OwnSpan), program);
    }

    internal bool IsBetterThan(TunedSchedule? other) => other is null || (Makespan, Peak).CompareTo((other.Makespan, other.Peak)) < 0;
}
