namespace GraphPipe.Bundle;

/// <summary>What the sum of a loss is divided by.</summary>
public enum LossNormaliserKind
{
    /// <summary>The loss function gives a mean over its micro-batch: it counts with the micro-batch's share of the mini-batch's samples.</summary>
    Samples,

    /// <summary>The loss function gives a sum: divided by the number of elements of the mini-batch's target.</summary>
    Elements,

    /// <summary>The loss function gives a sum: divided by the number of target elements that are not <see cref="LossNormaliser.IgnoreIndex"/>.</summary>
    NotIgnored,
}

/// <summary>
/// How the factor of a loss (<see cref="FeedKind.LossScale"/>) follows from the targets. It belongs to the mini-batch, so that it does not
/// depend on how micro-batches divide it.
/// </summary>
/// <param name="Target">Name of the target it is computed from; not read for <see cref="LossNormaliserKind.Samples"/>.</param>
/// <param name="IgnoreIndex">Target value that takes no part.</param>
public sealed record LossNormaliser(LossNormaliserKind Kind, string Target, long IgnoreIndex = -100);
