namespace GraphPipe.Planning;

/// <summary>What a schedule says of itself.</summary>
/// <param name="Placement">Where its stages live.</param>
public sealed record ScheduleTraits(PlacementKind Placement)
{
    /// <summary>Whether stages may have micro-batches of unlike sizes; else all stages have one size.</summary>
    public bool TakesUnlikeMicroBatches { get; init; }

    /// <summary>Whether stages update their weights while micro-batches are under way, so that a forward may see weights that lack updates.</summary>
    public bool IsAsynchronous { get; init; }

    /// <summary>Whether it predicts weights, from the moments of Adam.</summary>
    public bool PredictsWeights { get; init; }

    /// <summary>The settings of a request that it has a use for.</summary>
    public ScheduleSettings Settings { get; init; }
}
