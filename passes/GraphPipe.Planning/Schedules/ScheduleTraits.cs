namespace GraphPipe.Planning;

/// <summary>What the order of a schedule depends on.</summary>
public enum StageOrder
{
    /// <summary>Who waits for whom: parallel branches run side by side, and what is in flight follows the longest path.</summary>
    Graph,

    /// <summary>
    /// The list of stages alone, as if each waited for the one before it. Right for every graph whose stages stand in a topological order, since
    /// that is more waiting than the graph asks for.
    /// </summary>
    Sequence,
}

/// <summary>What a schedule says of itself.</summary>
/// <param name="Placement">Where its stages live.</param>
/// <param name="Order">What its order depends on.</param>
public sealed record ScheduleTraits(PlacementKind Placement, StageOrder Order)
{
    /// <summary>Whether the backward is in two parts, for inputs and for weights (some micro-batches may still have it in one).</summary>
    public bool SplitsBackward { get; init; }

    /// <summary>Whether stages may have micro-batches of unlike sizes; else all stages have one size.</summary>
    public bool TakesUnlikeMicroBatches { get; init; }

    /// <summary>Whether stages update their weights while micro-batches are under way, so that a forward may see weights that lack updates.</summary>
    public bool IsAsynchronous { get; init; }

    /// <summary>Whether it predicts weights, from the moments of Adam.</summary>
    public bool PredictsWeights { get; init; }

    /// <summary>Whether some forwards and backwards are issued in pairs (<see cref="ScheduleTask.WithNext"/>).</summary>
    public bool Overlaps { get; init; }

    /// <summary>The settings of a request that it has a use for.</summary>
    public ScheduleSettings Settings { get; init; }
}
