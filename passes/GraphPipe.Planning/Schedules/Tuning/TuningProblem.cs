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
