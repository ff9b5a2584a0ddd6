using System.Diagnostics;
using GraphPipe.MockCuda.Driver;

namespace GraphPipe.MockCuda.Streams;

/// <summary>Runs the work of all streams in an order that a seed decides: the head of a stream may run at any time between when it is put
/// in and when something waits for it. So a wait that the program forgot shows with some seed, and as a race with every seed.</summary>
/// <param name="gate">The driver's lock, which the caller of every member holds; let go while a host function runs.</param>
/// <param name="failed">A stream's context has failed: its work is dropped.</param>
/// <param name="onFailure">An operation threw.</param>
internal sealed class Scheduler(object gate, int seed, Func<MockStream, bool> failed, Action<MockStream, Exception> onFailure)
{
    private readonly List<MockStream> _streams = [];
    private readonly Random _random = new(seed);
    private readonly long _start = Stopwatch.GetTimestamp();
    private int _nextIndex;

    /// <summary>What the host has waited for: all work put in from now on is ordered after it.</summary>
    public VectorClock Host { get; private set; } = VectorClock.Zero;

    public bool IsIdle => _streams.All(s => s.Pending.Count == 0 && !s.Busy);

    public MockStream Create(object owner, bool isLegacy, bool nonBlocking, int priority)
    {
        var stream = new MockStream(_nextIndex++, owner, isLegacy, nonBlocking, priority);
        _streams.Add(stream);
        return stream;
    }

    /// <summary>The stream's work is done first.</summary>
    public void Destroy(MockStream stream)
    {
        Drain(stream);
        _streams.Remove(stream);
    }

    /// <summary>Puts work into a stream, or into the graph that it captures.</summary>
    /// <returns>The operation; null where it went into a graph.</returns>
    public Operation? Enqueue(MockStream stream, string what, Action<Operation> run, bool onHost = false)
    {
        if (CaptureOf(stream) is { } graph)
        {
            graph.Add(what, run);
            return null;
        }
        var operation = Append(stream, what, run, onHost);
        // Some of what may run runs now, so that work overtakes the host in some runs and lags behind in others.
        while (_random.Next(3) == 0 && RunOne())
        {
        }
        return operation;
    }

    public void Record(MockEvent marker, MockStream stream)
    {
        marker.Capture = CaptureOf(stream);
        if (marker.Capture is null)
            marker.Record = Append(stream, "cuEventRecord", _ => { }, onHost: false);
    }

    /// <summary>What is put into the stream from now on waits for the event's latest record.</summary>
    public void Wait(MockStream stream, MockEvent marker)
    {
        if (CaptureOf(stream) is { } graph && graph != marker.Capture)
        {
            graph.IsInvalid = true;
            throw new CudaException(CudaResult.CUDA_ERROR_STREAM_CAPTURE_ISOLATION);
        }
        if (marker.Capture is { IsEnded: true })
            throw new CudaException(CudaResult.CUDA_ERROR_CAPTURED_EVENT);
        if (marker.Capture is not null)
            stream.Capture = marker.Capture;
        else if (marker.Record is { } record)
            Order(stream, record);
    }

    /// <summary>Runs what is ready until the operation is done; the host knows it then.</summary>
    public void WaitFor(Operation operation)
    {
        RunUntil(() => operation.Done);
        Host = Host.Join(operation.Clock);
    }

    public void Drain(MockStream stream)
    {
        if (stream.Last is { } last)
            WaitFor(last);
    }

    /// <summary>All streams of a context.</summary>
    public void DrainOwner(object owner)
    {
        foreach (var stream in _streams.Where(s => s.Owner == owner).ToList())
            Drain(stream);
    }

    /// <summary>One operation moves on, as time does while a program polls.</summary>
    public void Advance() => RunOne();

    public bool IsDrained(MockStream stream)
    {
        if (stream.Last is { Done: false })
            return false;
        if (stream.Last is { } last)
            Host = Host.Join(last.Clock);
        return true;
    }

    /// <summary>Streams that take part in a capture end it.</summary>
    public void EndCapture(MockGraph graph)
    {
        foreach (var stream in _streams.Where(s => s.Capture == graph))
            stream.Capture = null;
        graph.IsEnded = true;
    }

    public IEnumerable<MockStream> StreamsOf(object owner) => _streams.Where(s => s.Owner == owner);

    /// <exception cref="CudaException">Something that can't be captured was tried before.</exception>
    private static MockGraph? CaptureOf(MockStream stream) => stream.Capture is { IsInvalid: true }
        ? throw new CudaException(CudaResult.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED)
        : stream.Capture;

    private Operation Append(MockStream stream, string what, Action<Operation> run, bool onHost)
    {
        // Default stream: "waits on all blocking streams, and blocking streams wait on it" (API, stream synchronization behavior).
        if (!stream.NonBlocking)
        {
            foreach (var other in _streams)
            {
                if (other != stream && other.Owner == stream.Owner && !other.NonBlocking && (stream.IsLegacy || other.IsLegacy)
                    && other.Last is { } last)
                {
                    Order(stream, last);
                }
            }
        }
        var clock = stream.Clock.Join(Host).Tick(stream.Index);
        var operation = new Operation(stream, what, clock, [.. stream.WaitsFor], run, onHost);
        stream.WaitsFor.Clear();
        stream.Clock = clock;
        stream.Last = operation;
        stream.Pending.Enqueue(operation);
        return operation;
    }

    private static void Order(MockStream stream, Operation before)
    {
        stream.Clock = stream.Clock.Join(before.Clock);
        if (!before.Done)
            stream.WaitsFor.Add(before);
    }

    private void RunUntil(Func<bool> done)
    {
        while (!done())
        {
            if (RunOne())
                continue;
            if (!_streams.Any(s => s.Busy))
                throw new InvalidOperationException("work is pending and none of it can run");
            Monitor.Wait(gate);
        }
    }

    /// <summary>Runs the head of one stream, any that is ready; false where none is.</summary>
    private bool RunOne()
    {
        var ready = _streams.Where(s => !s.Busy && s.Pending.TryPeek(out var head) && head.Ready).ToList();
        if (ready.Count == 0)
            return false;
        var stream = ready[_random.Next(ready.Count)];
        var operation = stream.Pending.Peek();
        try
        {
            if (!failed(stream))
                Run(operation);
        }
        catch (Exception e)
        {
            onFailure(stream, e);
        }
        stream.Pending.Dequeue();
        operation.Finish(Stopwatch.GetElapsedTime(_start).TotalMilliseconds);
        return true;
    }

    private void Run(Operation operation)
    {
        if (!operation.OnHost)
        {
            operation.Run();
            return;
        }
        operation.Stream.Busy = true;
        Monitor.Exit(gate);
        try
        {
            operation.Run();
        }
        finally
        {
            Monitor.Enter(gate);
            operation.Stream.Busy = false;
            Monitor.PulseAll(gate);
        }
    }
}
