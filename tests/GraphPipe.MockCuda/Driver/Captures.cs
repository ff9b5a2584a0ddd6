using GraphPipe.MockCuda.Streams;

namespace GraphPipe.MockCuda.Driver;

/// <summary>The captures that are going on, and what they forbid (CUDA C++ Programming Guide, "Prohibited and Unhandled Operations").</summary>
/// <param name="thread">An object of the calling thread's own.</param>
internal sealed class Captures(Scheduler scheduler, Func<object> thread)
{
    private readonly List<MockGraph> _open = [];

    /// <exception cref="CudaException">The default stream can't be captured, and no stream twice.</exception>
    public void Begin(MockStream stream, CaptureMode mode)
    {
        if (stream.IsLegacy)
            throw new CudaException(CudaResult.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        ForbidOn(stream);
        stream.Capture = new MockGraph(mode, thread());
        _open.Add(stream.Capture);
    }

    /// <exception cref="CudaException">There is no capture, it has become invalid, or another thread began it.</exception>
    public MockGraph End(MockStream stream)
    {
        var graph = stream.Capture ?? throw new CudaException(CudaResult.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
        if (!graph.MayBeEndedBy(thread()))
            throw new CudaException(CudaResult.CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD);
        scheduler.EndCapture(graph);
        _open.Remove(graph);
        return graph.IsInvalid ? throw new CudaException(CudaResult.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED) : graph;
    }

    /// <summary>A call that may wait or allocate: captures that forbid it to this thread become invalid.</summary>
    /// <exception cref="CudaException">One does.</exception>
    public void Forbid()
    {
        var broken = _open.Where(g => g.Forbids(thread())).ToList();
        foreach (var graph in broken)
            graph.IsInvalid = true;
        if (broken.Count > 0)
            throw new CudaException(CudaResult.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    }

    /// <summary>A call that waits for a stream or looks at it, which no mode allows while the stream is captured.</summary>
    /// <exception cref="CudaException">It is.</exception>
    public void ForbidOn(MockStream stream)
    {
        if (stream.Capture is { } graph)
        {
            graph.IsInvalid = true;
            throw new CudaException(CudaResult.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        }

        Forbid();
    }

    /// <summary>A call that waits for an event or looks at it.</summary>
    /// <exception cref="CudaException">The event was recorded in a capture that goes on.</exception>
    public void ForbidOn(MockEvent marker)
    {
        if (marker.Capture is { } graph && _open.Contains(graph))
        {
            graph.IsInvalid = true;
            throw new CudaException(CudaResult.CUDA_ERROR_CAPTURED_EVENT);
        }

        Forbid();
    }
}
