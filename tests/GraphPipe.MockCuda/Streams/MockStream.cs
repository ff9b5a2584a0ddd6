namespace GraphPipe.MockCuda.Streams;

/// <summary>A queue of work on a device (CUDA Driver API, "Stream synchronization behavior").</summary>
/// <param name="index">Its place in vector clocks; never used again.</param>
/// <param name="owner">The context it belongs to.</param>
/// <param name="isLegacy">The context's default stream: ordered with all blocking streams of the context.</param>
/// <param name="nonBlocking">Created with CU_STREAM_NON_BLOCKING: not ordered with the default stream.</param>
internal sealed class MockStream(int index, object owner, bool isLegacy, bool nonBlocking, int priority)
{
    public int Index => index;

    public object Owner => owner;

    public bool IsLegacy => isLegacy;

    public bool NonBlocking => nonBlocking;

    public int Priority => priority;

    /// <summary>Work not yet done, in order.</summary>
    public Queue<Operation> Pending { get; } = new();

    /// <summary>The last operation put in; null before the first.</summary>
    public Operation? Last { get; set; }

    /// <summary>All that an operation put in now is ordered after.</summary>
    public VectorClock Clock { get; set; } = VectorClock.Zero;

    /// <summary>Operations of other streams that the next operations must wait for.</summary>
    public List<Operation> WaitsFor { get; } = [];

    /// <summary>A host function of this stream runs now.</summary>
    public bool Busy { get; set; }

    /// <summary>The graph that work goes into instead of running; null outside a capture.</summary>
    public MockGraph? Capture { get; set; }
}

/// <summary>A marker in a stream. Recorded anew, it marks the new place; waits that were put in before keep the old one.</summary>
internal sealed class MockEvent
{
    /// <summary>The record operation; null before the first.</summary>
    public Operation? Record { get; set; }

    /// <summary>The graph in whose capture it was recorded last; null outside one.</summary>
    public MockGraph? Capture { get; set; }

    /// <summary>The context that it was made in: only its streams record it.</summary>
    public required object Context { get; init; }

    public bool TimingDisabled { get; init; }
}
