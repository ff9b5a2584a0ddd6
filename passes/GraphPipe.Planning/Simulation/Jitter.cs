using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>Makes work take longer or shorter at random: by a factor in [1 − share, 1 + share), which depends on the action and the seed alone.</summary>
/// <param name="Share">From 0 to 1.</param>
public sealed record Jitter(double Share, long Seed)
{
    private readonly CounterRandom _random = CounterRandom.Of(Seed);

    /// <summary>The factor of an action; 1 for messages and the step.</summary>
    public double Of(in PlanAction action) => action.IsCompute
        ? 1 + Share * (2 * _random.Fork((int)action.Kind).Fork(action.Target).Uniform(action.MicroBatch.Index) - 1)
        : 1;
}
