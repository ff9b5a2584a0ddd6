using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Searches programs of the schedule language for the shortest makespan, then the least held: from the shipped ones and from pure priorities, always
/// on from those whose neighbours (<see cref="ProgramMoves"/>) have not been run yet, in turn from the best within the limit and from the one that is least over
/// it. Of programs with the same figures the first is continued. What the search does depends on the problem alone, no clock.
/// </summary>
internal sealed class ProgramTuner
{
    private static readonly ImmutableArray<string> s_priorities =
    [
        "B | F", "F | B", "I | F | W", "I | W | F", "F | I | W", "W | I | F", "F I W", "I W F", "B F",
        // Of two stages of a device the later one first, whose work sets free what the earlier one holds.
        "B1 | B0 | F1 | F0", "I1 | I0 | F1 | F0 | W", "I0 | I1 | F1 | F0 | W", "I1 | F1 | I0 | F0 | W", "I1 | I0 | W | F1 | F0",
    ];

    private readonly TuningProblem _problem;
    private readonly CancellationToken _cancellation;
    private readonly HashSet<string> _known = [];
    private readonly HashSet<(double Makespan, double Spans, int Peak)> _figures = [];
    private readonly SortedDictionary<(double Makespan, int Peak, int Number), ScheduleProgram> _within = [];
    private readonly SortedDictionary<(int Peak, double Makespan, int Number), ScheduleProgram> _over = [];
    private TunedSchedule? _best;
    private int _tried;

    private ProgramTuner(TuningProblem problem, CancellationToken cancellation)
    {
        _problem = problem;
        _cancellation = cancellation;
    }

    /// <returns>The best, null if no program stays within the limit; and how many were run.</returns>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static (TunedSchedule? Best, int Tried) Run(TuningProblem problem, CancellationToken cancellation)
    {
        var tuner = new ProgramTuner(problem, cancellation);
        foreach (var program in ShippedPrograms.Names.Select(n => ShippedPrograms.Find(n)!.Program).Concat(Priorities()))
            tuner.Try(program);
        while (tuner._within.Count + tuner._over.Count > 0 && tuner._tried < problem.Candidates)
        {
            tuner.Continue(tuner._within);
            tuner.Continue(tuner._over);
        }

        return (tuner._best, tuner._tried);
    }

    private static IEnumerable<ScheduleProgram> Priorities() =>
        from placement in ProgramParser.Placements
        from items in s_priorities
        select ProgramParser.Parse("tuned", "", $"place {placement.Word}\nrest: {items}\n", new DiagnosticBag())!;

    // Null if there is no such order.
    private TunedSchedule? Figures(ScheduleProgram program, int? limit) =>
        ShippedSchedules.Order(_problem, new ProgramSchedule(program, program.Name), limit, new DiagnosticBag(), _cancellation) is { } order
            ? TunedSchedule.Of(_problem, order, program, _cancellation)
            : null;

    private void Try(ScheduleProgram program)
    {
        program = program with { Name = "tuned" };
        if (_tried >= _problem.Candidates || !_known.Add(program.ToString()))
            return;
        _tried++;
        if ((Figures(program, _problem.Limit) ?? (_problem.Limit is null ? null : Figures(program, null))) is not { } result)
            return;
        if (!_figures.Add((result.Makespan, result.Spans, result.Peak)))
            return;
        if (result.Peak > _problem.Limit)
        {
            _over.Add((result.Peak, result.Makespan, _tried), program);
            return;
        }

        _within.Add((result.Makespan, result.Peak, _tried), program);
        if (result.IsBetterThan(_best))
            _best = result;
    }

    private void Continue<TKey>(SortedDictionary<TKey, ScheduleProgram> open)
        where TKey : notnull
    {
        if (open.Count == 0)
            return;
        var (key, program) = open.First();
        open.Remove(key);
        foreach (var neighbour in ProgramMoves.Of(program))
            Try(neighbour);
    }
}
