using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>What a run needs beside the bundle.</summary>
public sealed record ExecutorOptions
{
    public static ExecutorOptions Default { get; } = new();

    /// <summary>How the loss becomes a mean; needed where a stage is fed a <see cref="FeedKind.LossScale"/>.</summary>
    public LossSettings? Loss { get; init; }

    /// <summary>A run ends with GP6004 when no device has finished an action for so long. Must exceed the longest single action.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Keep the time of every kernel call for so many runs of each function (<see cref="PipelineExecutor.Clocks"/>); 0 for none.</summary>
    public int ClockedRuns { get; init; }
}
