using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;

namespace GraphPipe.Tests.Cuda.Driver;

/// <summary>Stream capture on the mock: what a capture keeps, what breaks it, and what is found when its graph runs.</summary>
[Collection(nameof(OneDriver))]
public sealed unsafe class CaptureTests
{
    private const int Global = 0;
    private const int ThreadLocal = 1;
    private const int Relaxed = 2;
    private const int Unsupported = 900;
    private const int Invalidated = 901;

    private readonly CudaApi _cuda;
    private readonly nint _context;

    public CaptureTests()
    {
        _cuda = CudaApi.Start("devices=1", out nint[] contexts);
        _context = contexts[0];
    }

    [Fact]
    public void Captured_work_does_not_run_before_its_graph_does()
    {
        nint add = _cuda.Load(CudaApi.AddOne, "add"), data = _cuda.Upload(1u), stream = Begin(ThreadLocal);
        _cuda.Launch(add, 1, stream, data, 5);
        nint executable = Instantiate(stream);
        Assert.Equal(1u, _cuda.Download<uint>(data, 1)[0]);
        _cuda.Call("cuGraphLaunch", executable, stream);
        _cuda.Call("cuStreamSynchronize", stream);
        Assert.Equal(6u, _cuda.Download<uint>(data, 1)[0]);
    }

    [Theory]
    [InlineData("cuStreamSynchronize")]
    [InlineData("cuStreamQuery")]
    public void Waiting_for_a_captured_stream_breaks_the_capture(string call)
    {
        nint add = _cuda.Load(CudaApi.AddOne, "add"), data = _cuda.Upload(1u), stream = Begin(Relaxed), graph = 1;
        _cuda.Launch(add, 1, stream, data, 5);
        Assert.Equal(Unsupported, _cuda.Try(call, stream));
        Assert.Equal(Invalidated, _cuda.TryLaunch(add, 1, stream, data, 5));
        Assert.Equal(Invalidated, _cuda.Try("cuStreamEndCapture", stream, (nint)(&graph)));
        Assert.Equal(0, graph);
        _cuda.Launch(add, 1, stream, data, 10);
        _cuda.Call("cuStreamSynchronize", stream);
        Assert.Equal(11u, _cuda.Download<uint>(data, 1)[0]);
    }

    [Theory]
    [InlineData(Global, true, Unsupported)]
    [InlineData(Global, false, Unsupported)]
    [InlineData(ThreadLocal, true, Unsupported)]
    [InlineData(ThreadLocal, false, 0)]
    [InlineData(Relaxed, true, 0)]
    [InlineData(Relaxed, false, 0)]
    public void The_mode_says_which_threads_must_not_allocate(int mode, bool isSameThread, int result)
    {
        nint stream = Begin(mode), graph;
        Assert.Equal(result, isSameThread ? TryAllocate() : OnAnotherThread(TryAllocate));
        Assert.Equal(result == 0 ? 0 : Invalidated, _cuda.Try("cuStreamEndCapture", stream, (nint)(&graph)));
    }

    [Theory]
    [InlineData(ThreadLocal, 908)]
    [InlineData(Relaxed, 0)]
    public void The_thread_that_began_ends_a_capture(int mode, int result)
    {
        nint stream = Begin(mode), graph;
        nint place = (nint)(&graph);
        Assert.Equal(result, OnAnotherThread(() => _cuda.Try("cuStreamEndCapture", stream, place)));
    }

    [Fact]
    public void Events_from_outside_are_not_awaited_inside_nor_those_of_the_capture_outside()
    {
        nint outside = _cuda.Get("cuEventCreate", 0), inside = _cuda.Get("cuEventCreate", 0), other = _cuda.Stream(), graph;
        _cuda.Call("cuEventRecord", outside, other);
        nint stream = Begin(Relaxed);
        Assert.Equal(905, _cuda.Try("cuStreamWaitEvent", stream, outside, 0));
        Assert.Equal(Invalidated, _cuda.Try("cuStreamEndCapture", stream, (nint)(&graph)));
        stream = Begin(Relaxed);
        _cuda.Call("cuEventRecord", inside, stream);
        Assert.Equal(907, _cuda.Try("cuEventSynchronize", inside));
        Assert.Equal(Invalidated, _cuda.Try("cuStreamEndCapture", stream, (nint)(&graph)));
    }

    /// <summary>What was put into the stream before is no part of the capture.</summary>
    [Fact]
    public void Another_thread_may_wait_for_what_came_before_a_capture()
    {
        nint stream = _cuda.Stream(), marker = _cuda.Get("cuEventCreate", 0), graph;
        _cuda.Call("cuEventRecord", marker, stream);
        _cuda.Call("cuStreamBeginCapture_v2", stream, ThreadLocal);
        Assert.Equal(0, OnAnotherThread(() => _cuda.Try("cuEventSynchronize", marker)));
        _cuda.Call("cuStreamEndCapture", stream, (nint)(&graph));
    }

    [Fact]
    public void A_graph_races_and_runs_out_of_bounds_as_launches_do()
    {
        nint add = _cuda.Load(CudaApi.AddOne, "add"), data = _cuda.Upload(1u), stream = Begin(ThreadLocal);
        _cuda.Launch(add, 1, stream, data, 5);
        nint executable = Instantiate(stream);
        _cuda.Launch(add, 1, _cuda.Stream(), data, 1);
        _cuda.Call("cuGraphLaunch", executable, stream);
        _cuda.Call("cuCtxSynchronize");
        Assert.Contains("StreamRace", Assert.Single(MockLibrary.Reports()));
        MockLibrary.Reset();
        _cuda.Call("cuMemFree_v2", data);
        _cuda.Call("cuGraphLaunch", executable, stream);
        Assert.Equal(700, _cuda.Try("cuStreamSynchronize", stream));
        Assert.Contains("UseAfterFree", Assert.Single(MockLibrary.Reports()));
    }

    private nint Begin(int mode)
    {
        nint stream = _cuda.Stream();
        _cuda.Call("cuStreamBeginCapture_v2", stream, mode);
        return stream;
    }

    private nint Instantiate(nint stream)
    {
        nint graph;
        _cuda.Call("cuStreamEndCapture", stream, (nint)(&graph));
        nint executable = _cuda.Get("cuGraphInstantiateWithFlags", graph, 0);
        _cuda.Call("cuGraphDestroy", graph);
        return executable;
    }

    private int TryAllocate()
    {
        nint memory;
        return _cuda.Try("cuMemAlloc_v2", (nint)(&memory), 16);
    }

    private int OnAnotherThread(Func<int> call)
    {
        int result = -1;
        var thread = new Thread(() =>
        {
            _cuda.Call("cuCtxSetCurrent", _context);
            result = call();
        });
        thread.Start();
        thread.Join();
        return result;
    }
}
