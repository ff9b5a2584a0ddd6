using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>What programs are tuned for: a line of stages.</summary>
/// <param name="StagesPerDevice">As many for every program that is tried, so that all have the same work; of two copies of a model those of one.</param>
/// <param name="Stage">Times of every stage.</param>
/// <param name="Message">Time of a message between devices.</param>
/// <param name="Limit">Activations that a device may hold; null for any number.</param>
/// <param name="Candidates">Programs that are run at most.</param>
public sealed record TuningProblem(int Devices, int StagesPerDevice, int MicroBatches, StageCost Stage, double Message, int? Limit, int Candidates);

/// <summary>A program with what the simulator says of it.</summary>
/// <param name="Peak">Activations, the most on any device.</param>
/// <param name="Spans">The sum of the devices' own spans.</param>
public sealed record TunedProgram(ScheduleProgram Program, PipelineSchedule Schedule, double Makespan, int Peak, double Spans);

/// <summary>What was found.</summary>
/// <param name="Best">Null if no program stays within the limit.</param>
/// <param name="Shipped">By name; null for a program that does not suit, with the reason.</param>
/// <param name="Tried">Programs that were run.</param>
public sealed record TuningResult(TunedProgram? Best, ImmutableArray<(string Name, TunedProgram? Result, string Why)> Shipped, int Tried);

/// <summary>
/// Searches programs of the schedule language for the shortest makespan, then the least held: from the shipped ones and from pure priorities, always
/// on from those whose neighbours (<see cref="ProgramMoves"/>) have not been run yet, in turn from the best within the limit and from the one that is least over
/// it. Of programs with the same figures the first is continued. What the search does depends on the problem alone, no clock.
/// </summary>
public sealed class ScheduleTuner
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
    private TunedProgram? _best;
    private int _tried;

    private ScheduleTuner(TuningProblem problem, CancellationToken cancellation)
    {
        _problem = problem;
        _cancellation = cancellation;
    }

    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static TuningResult Run(TuningProblem problem, CancellationToken cancellation = default)
    {
        var tuner = new ScheduleTuner(problem, cancellation);
        var shipped = ImmutableArray.CreateBuilder<(string, TunedProgram?, string)>();
        foreach (string name in ShippedPrograms.Names)
        {
            var program = ShippedPrograms.Find(name)!.Program;
            // What it takes without the limit is worth knowing, even where it is over it.
            shipped.Add((name, Figures(problem with { Limit = null }, program, cancellation, out string why), why));
            tuner.Try(program);
        }

        foreach (var program in Priorities())
            tuner.Try(program);
        while (tuner._within.Count + tuner._over.Count > 0 && tuner._tried < problem.Candidates)
        {
            tuner.Continue(tuner._within);
            tuner.Continue(tuner._over);
        }

        return new(tuner._best, shipped.ToImmutable(), tuner._tried);
    }

    private static IEnumerable<ScheduleProgram> Priorities() =>
        from placement in ProgramParser.Placements
        from items in s_priorities
        select ProgramParser.Parse("tuned", "", $"place {placement.Word}\nrest: {items}\n", new DiagnosticBag())!;

    /// <returns>Null with the reason if there is no such order.</returns>
    private static TunedProgram? Figures(TuningProblem problem, ScheduleProgram program, CancellationToken cancellation, out string why)
    {
        var bag = new DiagnosticBag();
        var schedule = new ProgramSchedule(program, program.Name);
        int stages = problem.Devices * problem.StagesPerDevice;
        var costs = ScheduleCosts.Even(stages, problem.Stage, problem.Message);
        var placement = schedule.Place(stages, problem.Devices, bag);
        var order = placement is null
            ? null
            : schedule.Generate(new(StageGraph.Line(placement, problem.MicroBatches), problem.Devices) { Costs = costs, InFlightLimit = problem.Limit, Cancellation = cancellation }, bag);
        why = bag.All.Select(d => d.Message).FirstOrDefault("");
        if (order is null)
            return null;
        var timeline = ScheduleSimulator.Run(order, StageNeighbours.Chain(stages), costs, cancellation: cancellation);
        return new(program, order, timeline.Makespan, timeline.Devices.Max(d => d.PeakInFlight), timeline.Devices.Sum(d => d.OwnSpan));
    }

    private void Try(ScheduleProgram program)
    {
        program = program with { Name = "tuned" };
        if (_tried >= _problem.Candidates || !_known.Add(program.ToString()))
            return;
        _tried++;
        if ((Figures(_problem, program, _cancellation, out _) ?? Figures(_problem with { Limit = null }, program, _cancellation, out _)) is not { } result)
            return;
        if (!_figures.Add((result.Makespan, result.Spans, result.Peak)))
            return;
        if (result.Peak > _problem.Limit)
        {
            _over.Add((result.Peak, result.Makespan, _tried), program);
            return;
        }

        _within.Add((result.Makespan, result.Peak, _tried), program);
        if (_best is null || (result.Makespan, result.Peak).CompareTo((_best.Makespan, _best.Peak)) < 0)
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
