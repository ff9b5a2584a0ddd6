using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>What schedules are tuned for: a line of stages.</summary>
/// <param name="StagesPerDevice">As many for everything that is tried, so that all have the same work; of two copies of a model those of one.</param>
/// <param name="Stage">Times of every stage.</param>
/// <param name="Message">Time of a message between devices.</param>
/// <param name="Limit">Activations that a device may hold; null for any number.</param>
/// <param name="Candidates">Programs that are run at most; so many times <see cref="OrderTuner.OrdersPerCandidate"/> orders are timed at most.</param>
public sealed record TuningProblem(int Devices, int StagesPerDevice, int MicroBatches, StageCost Stage, double Message, int? Limit, int Candidates)
{
    /// <summary>Whether schedules count that have two copies of the model, and so hold every parameter twice.</summary>
    public bool TakesTwoCopies { get; init; } = true;

    internal int Stages => Devices * StagesPerDevice;

    internal ScheduleCosts Costs => ScheduleCosts.Even(Stages, Stage, Message);
}

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

/// <summary>A schedule or a program that comes with the assembly.</summary>
/// <param name="Result">Null if it does not suit, with the reason.</param>
public sealed record ShippedSchedule(string Name, TunedSchedule? Result, string Why);

/// <summary>What was found.</summary>
/// <param name="Best">Null if nothing stays within the limit.</param>
/// <param name="BestProgram">The best that a program makes; null if none stays within the limit.</param>
/// <param name="Shipped">By name.</param>
/// <param name="Tried">Programs that were run.</param>
public sealed record TuningResult(TunedSchedule? Best, TunedSchedule? BestProgram, ImmutableArray<ShippedSchedule> Shipped, int Tried);
