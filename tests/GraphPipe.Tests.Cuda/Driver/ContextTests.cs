using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;

namespace GraphPipe.Tests.Cuda.Driver;

/// <summary>Which context work belongs to: what a driver refuses, the mock refuses (results by the CUDA driver API's pages of the functions).</summary>
[Collection(nameof(OneDriver))]
public sealed class ContextTests
{
    private const int InvalidValue = 1;
    private const int InvalidContext = 201;
    private const int InvalidHandle = 400;

    /// <summary>A new thread has no current context.</summary>
    [Fact]
    public void Work_on_a_stream_needs_a_current_context()
    {
        var cuda = CudaApi.Start("devices=1", out nint[] contexts);
        nint stream = cuda.Stream(), done = cuda.Get("cuEventCreate", 0), data = cuda.Upload(1u, 2u);
        int[] without = [], with = [];
        int[] All() =>
        [
            cuda.Try("cuMemcpyDtoDAsync_v2", data, data + 4, 4, stream), cuda.Try("cuEventRecord", done, stream), cuda.Try("cuStreamWaitEvent", stream, done, 0),
            cuda.Try("cuEventSynchronize", done), cuda.Try("cuStreamSynchronize", stream),
        ];
        var thread = new Thread(() =>
        {
            without = All();
            cuda.Call("cuCtxSetCurrent", contexts[0]);
            with = All();
        });
        thread.Start();
        thread.Join();
        Assert.All(without, r => Assert.Equal(InvalidContext, r));
        Assert.All(with, r => Assert.Equal(0, r));
    }

    /// <summary>"Pushes the given context onto the CPU thread's stack of current contexts" and back; setting one replaces the top (cuCtxPushCurrent, cuCtxSetCurrent).</summary>
    [Fact]
    public void Contexts_are_a_stack()
    {
        var cuda = CudaApi.Start("devices=2", out nint[] contexts);
        cuda.Call("cuCtxPushCurrent_v2", contexts[1]);
        Assert.Equal(contexts[1], cuda.Get("cuCtxGetCurrent"));
        cuda.Call("cuCtxSetCurrent", contexts[0]);
        Assert.Equal(contexts[0], cuda.Get("cuCtxPopCurrent_v2"));
        Assert.Equal(contexts[0], cuda.Get("cuCtxGetCurrent"));
        while (cuda.Get("cuCtxGetCurrent") != 0)
            cuda.Call("cuCtxSetCurrent", 0);
        Assert.Equal(InvalidContext, cuda.Try("cuCtxPopCurrent_v2", 0));
        cuda.Call("cuCtxPushCurrent_v2", contexts[1]);
        Assert.Equal(contexts[1], cuda.Get("cuCtxPopCurrent_v2"));
        Assert.Equal(0, cuda.Get("cuCtxGetCurrent"));
        Assert.Equal(InvalidHandle, cuda.Try("cuCtxPushCurrent_v2", 1));
    }

    [Fact]
    public void A_launch_is_of_one_context()
    {
        var cuda = CudaApi.Start("devices=2", out nint[] contexts);
        nint add = cuda.Load(CudaApi.AddOne, "add"), stream = cuda.Stream(), data = cuda.Upload(1u);
        cuda.Call("cuCtxSetCurrent", contexts[1]);
        nint other = cuda.Stream();
        Assert.Equal(InvalidHandle, cuda.TryLaunch(add, 1, other, data, 1));
        Assert.Equal(InvalidHandle, cuda.TryLaunch(add, 1, stream, data, 1));
        cuda.Call("cuCtxSetCurrent", contexts[0]);
        Assert.Equal(0, cuda.TryLaunch(add, 1, stream, data, 1));
    }

    [Fact]
    public void An_event_is_recorded_in_its_own_context_and_awaited_in_any()
    {
        var cuda = CudaApi.Start("devices=2", out nint[] contexts);
        nint done = cuda.Get("cuEventCreate", 0), stream = cuda.Stream();
        cuda.Call("cuCtxSetCurrent", contexts[1]);
        nint other = cuda.Stream();
        Assert.Equal(InvalidHandle, cuda.Try("cuEventRecord", done, other));
        Assert.Equal(0, cuda.Try("cuEventRecord", done, stream));
        Assert.Equal(0, cuda.Try("cuStreamWaitEvent", other, done, 0));
    }

    [Fact]
    public unsafe void A_grid_has_less_than_2_to_the_31_blocks()
    {
        var cuda = CudaApi.Start("devices=1", out _);
        nint add = cuda.Load(CudaApi.AddOne, "add"), data = cuda.Upload(1u);
        uint amount = 1;
        void** parameters = stackalloc void*[] { &data, &amount };
        Assert.Equal(InvalidValue, cuda.Try("cuLaunchKernel", add, unchecked((nint)0x80000000), 1, 1, 1, 1, 1, 0, 0, (nint)parameters, 0));
    }
}
