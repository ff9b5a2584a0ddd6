using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>What a run needs beside the bundle.</summary>
public sealed record ExecutorOptions
{
    public static ExecutorOptions Default { get; } = new();

    /// <summary>How the loss becomes a mean; needed where a stage is fed a <see cref="FeedKind.LossScale"/>.</summary>
    public LossSettings? Loss { get; init; }

    /// <summary>
    /// A run ends with GP6004 when no device has finished an action or a kernel call for so long; must exceed the longest kernel call. Null: 3 s, or
    /// eight times the slowest action so far if that is more; while an action runs for the first time 4 s, and more by the work that can be in the kernel it is in.
    /// </summary>
    public TimeSpan? StallTimeout { get; init; }

    /// <summary>Keep the time of every kernel call for so many runs of each function (<see cref="PipelineExecutor.Clocks"/>); 0 for none.</summary>
    public int ClockedRuns { get; init; }

    /// <summary>Whether a device keeps to the order of its list. Numbers don't depend on it.</summary>
    public Dispatch Dispatch { get; init; }

    /// <summary>For tests.</summary>
    internal Interference? Interference { get; init; }
}
