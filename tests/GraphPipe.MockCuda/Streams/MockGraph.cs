namespace GraphPipe.MockCuda.Streams;

/// <summary>CUstreamCaptureMode: whom a capture keeps from calls that may wait or allocate.</summary>
internal enum CaptureMode
{
    /// <summary>Every thread.</summary>
    Global = 0,

    /// <summary>The thread that captures.</summary>
    ThreadLocal = 1,

    /// <summary>Nobody.</summary>
    Relaxed = 2,
}

/// <summary>Captured work (CUDA Driver API, "Graph management"): operations in the order captured, which respects all dependencies
/// between the streams that took part. A launch runs them in that order as one operation.</summary>
/// <param name="mode">Of its capture.</param>
/// <param name="thread">An object of the capturing thread's own.</param>
internal sealed class MockGraph(CaptureMode mode, object thread)
{
    private readonly List<(string What, Action<Operation> Run)> _nodes = [];

    public int Count => _nodes.Count;

    /// <summary>Something that can't be captured was tried: the capture goes on failing until it is ended, and gives no graph
    /// (Programming Guide, "Invalidation").</summary>
    public bool IsInvalid { get; set; }

    /// <summary>The capture is over.</summary>
    public bool IsEnded { get; set; }

    /// <summary>Whether a thread must not make calls that may wait or allocate while this is captured (API,
    /// cuThreadExchangeStreamCaptureMode).</summary>
    public bool Forbids(object caller) => mode == CaptureMode.Global || (mode == CaptureMode.ThreadLocal && caller == thread);

    /// <summary>Whether a thread may end the capture (API, cuStreamEndCapture).</summary>
    public bool MayBeEndedBy(object caller) => mode == CaptureMode.Relaxed || caller == thread;

    public void Add(string what, Action<Operation> run) => _nodes.Add((what, run));

    public void Run(Operation operation)
    {
        foreach (var (_, run) in _nodes)
            run(operation);
    }
}
