namespace GraphPipe.Planning;

/// <summary>
/// Looks for the shortest makespan within a limit of activations, then for the least held: among the shipped schedules, among programs of the schedule language (<see cref="ProgramTuner"/>),
/// and among orders of work of the same placements (<see cref="OrderTuner"/>), which begin with the best of both. So it is never worse than what is shipped. What it does
/// depends on the problem alone, no clock.
/// </summary>
public static class ScheduleTuner
{
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static TuningResult Run(TuningProblem problem, CancellationToken cancellation = default)
    {
        var shipped = ShippedSchedules.Of(problem, cancellation);
        var programs = ProgramTuner.Run(problem, cancellation);
        var within = shipped.Select(s => s.Result).Append(programs.Best).OfType<TunedSchedule>().Where(s => !(s.Peak > problem.Limit)).ToList();
        var best = within.Aggregate((TunedSchedule?)null, (best, s) => s.IsBetterThan(best) ? s : best);
        var order = OrderTuner.Run(problem, within, cancellation);
        return new(order?.IsBetterThan(best) == true ? order : best, programs.Best, shipped, programs.Tried);
    }
}
