using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;

namespace GraphPipe.Tests.Cuda.Driver;

/// <summary>Order between streams: what the program orders is right with every seed; what it forgets to order is found.</summary>
[Collection(nameof(OneDriver))]
public sealed unsafe class StreamTests
{
    private const int Seeds = 20;

    [Fact]
    public void An_event_orders_two_streams()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            var cuda = CudaApi.Start($"devices=1;seed={seed}", out _);
            nint add = cuda.Load(CudaApi.AddOne, "add"), data = cuda.Upload(1u, 2u), copy = cuda.Allocate(8);
            nint first = cuda.Stream(), second = cuda.Stream(), done = cuda.Get("cuEventCreate", 0);
            cuda.Launch(add, 2, first, data, 10);
            cuda.Call("cuEventRecord", done, first);
            cuda.Call("cuStreamWaitEvent", second, done, 0);
            cuda.Call("cuMemcpyDtoDAsync_v2", copy, data, 8, second);
            cuda.Call("cuStreamSynchronize", second);
            Assert.Equal([11u, 12u], cuda.Download<uint>(copy, 2));
            Assert.Empty(MockLibrary.Reports());
        }
    }

    [Fact]
    public void A_missing_event_is_a_race_with_every_seed_and_a_wrong_answer_with_some()
    {
        int wrong = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            var cuda = CudaApi.Start($"devices=1;seed={seed}", out _);
            nint add = cuda.Load(CudaApi.AddOne, "add"), data = cuda.Upload(1u, 2u), copy = cuda.Allocate(8);
            nint first = cuda.Stream(), second = cuda.Stream();
            cuda.Launch(add, 2, first, data, 10);
            cuda.Call("cuMemcpyDtoDAsync_v2", copy, data, 8, second);
            cuda.Call("cuCtxSynchronize");
            wrong += cuda.Download<uint>(copy, 2)[0] == 11 ? 0 : 1;
            Assert.Contains("StreamRace", Assert.Single(MockLibrary.Reports()));
        }
        Assert.InRange(wrong, 1, Seeds - 1);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void The_default_stream_is_ordered_with_blocking_streams_only(bool blocking, int races)
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            var cuda = CudaApi.Start($"devices=1;seed={seed}", out _);
            nint add = cuda.Load(CudaApi.AddOne, "add"), data = cuda.Upload(1u), stream = cuda.Stream(blocking);
            cuda.Launch(add, 1, stream, data, 1);
            cuda.Launch(add, 1, 0, data, 1);
            cuda.Call("cuCtxSynchronize");
            Assert.Equal(3u, cuda.Download<uint>(data, 1)[0]);
            Assert.Equal(races, MockLibrary.Reports().Length);
        }
    }

    [Fact]
    public void Operations_on_other_bytes_do_not_race()
    {
        var cuda = CudaApi.Start("devices=1", out _);
        nint add = cuda.Load(CudaApi.AddOne, "add"), data = cuda.Upload(1u, 2u, 3u, 4u);
        cuda.Launch(add, 2, cuda.Stream(), data, 10);
        cuda.Launch(add, 2, cuda.Stream(), data + 8, 20);
        cuda.Call("cuCtxSynchronize");
        Assert.Equal([11u, 12, 23, 24], cuda.Download<uint>(data, 4));
        Assert.Empty(MockLibrary.Reports());
    }

    [Fact]
    public void Synchronising_the_host_orders_what_comes_after()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            var cuda = CudaApi.Start($"devices=1;seed={seed}", out _);
            nint add = cuda.Load(CudaApi.AddOne, "add"), data = cuda.Upload(1u), first = cuda.Stream(), second = cuda.Stream();
            cuda.Launch(add, 1, first, data, 1);
            cuda.Call("cuStreamSynchronize", first);
            cuda.Launch(add, 1, second, data, 1);
            cuda.Call("cuStreamSynchronize", second);
            Assert.Equal(3u, cuda.Download<uint>(data, 1)[0]);
            Assert.Empty(MockLibrary.Reports());
        }
    }

    [Fact]
    public void Pinned_memory_is_read_when_the_copy_runs_and_pageable_memory_when_it_is_put_in()
    {
        int late = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            var cuda = CudaApi.Start($"devices=1;seed={seed}", out _);
            nint stream = cuda.Stream(), fromPinned = cuda.Allocate(4), fromPageable = cuda.Allocate(4);
            uint* pinned = cuda.Pinned(1);
            *pinned = 1;
            uint pageable = 1;
            cuda.Call("cuMemcpyHtoDAsync_v2", fromPinned, (nint)pinned, 4, stream);
            cuda.Call("cuMemcpyHtoDAsync_v2", fromPageable, (nint)(&pageable), 4, stream);
            *pinned = 2;
            pageable = 2;
            cuda.Call("cuStreamSynchronize", stream);
            late += cuda.Download<uint>(fromPinned, 1)[0] == 2 ? 1 : 0;
            Assert.Equal(1u, cuda.Download<uint>(fromPageable, 1)[0]);
        }
        Assert.InRange(late, 1, Seeds - 1);
    }

    [Fact]
    public void Polling_an_event_comes_to_an_end()
    {
        var cuda = CudaApi.Start("devices=1", out _);
        nint add = cuda.Load(CudaApi.AddOne, "add"), data = cuda.Upload(1u), stream = cuda.Stream(), done = cuda.Get("cuEventCreate", 0);
        for (int k = 0; k < 50; k++)
            cuda.Launch(add, 1, stream, data, 1);
        cuda.Call("cuEventRecord", done, stream);
        while (cuda.Try("cuEventQuery", done) == 600)
        {
        }
        Assert.Equal(0, cuda.Try("cuEventQuery", done));
        Assert.Equal(51u, cuda.Download<uint>(data, 1)[0]);
    }

    [Fact]
    public void A_graph_runs_what_was_captured_each_time_it_is_launched()
    {
        var cuda = CudaApi.Start("devices=1", out _);
        nint add = cuda.Load(CudaApi.AddOne, "add"), data = cuda.Upload(0u), stream = cuda.Stream(), side = cuda.Stream();
        nint fork = cuda.Get("cuEventCreate", 0), join = cuda.Get("cuEventCreate", 0), graph;
        cuda.Call("cuStreamBeginCapture_v2", stream, 0);
        cuda.Launch(add, 1, stream, data, 1);
        cuda.Call("cuEventRecord", fork, stream);
        cuda.Call("cuStreamWaitEvent", side, fork, 0);
        cuda.Launch(add, 1, side, data, 10);
        cuda.Call("cuEventRecord", join, side);
        cuda.Call("cuStreamWaitEvent", stream, join, 0);
        cuda.Call("cuStreamEndCapture", stream, (nint)(&graph));
        nint executable = cuda.Get("cuGraphInstantiateWithFlags", graph, 0);
        for (int k = 0; k < 3; k++)
            cuda.Call("cuGraphLaunch", executable, stream);
        cuda.Call("cuStreamSynchronize", stream);
        Assert.Equal(33u, cuda.Download<uint>(data, 1)[0]);
        cuda.Call("cuGraphExecDestroy", executable);
        cuda.Call("cuGraphDestroy", graph);
        Assert.Empty(MockLibrary.Reports());
    }

    [Fact]
    public void Freeing_in_stream_order_waits_for_the_stream_and_races_with_others()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            var cuda = CudaApi.Start($"devices=1;seed={seed}", out _);
            nint add = cuda.Load(CudaApi.AddOne, "add"), stream = cuda.Stream();
            nint data = cuda.Get("cuMemAllocAsync", 4, stream);
            cuda.Call("cuMemsetD8Async", data, 0, 4, stream);
            cuda.Launch(add, 1, stream, data, 1);
            cuda.Call("cuMemFreeAsync", data, stream);
            cuda.Call("cuStreamSynchronize", stream);
            Assert.Empty(MockLibrary.Reports());
            nint other = cuda.Upload(1u);
            cuda.Launch(add, 1, cuda.Stream(), other, 1);
            cuda.Call("cuMemFreeAsync", other, stream);
            cuda.Try("cuCtxSynchronize");
            Assert.Contains(MockLibrary.Reports(), r => r.StartsWith("StreamRace") || r.StartsWith("UseAfterFree"));
        }
    }
}
