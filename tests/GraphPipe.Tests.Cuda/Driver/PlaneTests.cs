using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;

namespace GraphPipe.Tests.Cuda.Driver;

/// <summary>Copies of rows on the mock: what is copied, what is refused, what is found.</summary>
[Collection(nameof(OneDriver))]
public sealed unsafe class PlaneTests
{
    private const nint Host = 1;
    private const nint Device = 2;

    [Fact]
    public void Rows_are_copied_and_what_lies_between_is_not()
    {
        var cuda = CudaApi.Start("devices=1", out _);
        nint from = cuda.Upload(1u, 2u, 3u, 4u, 5u, 6u), to = cuda.Upload(10u, 20u, 30u, 40u), stream = cuda.Stream();
        Assert.Equal(0, Copy(cuda, (Device, from, 12), (Device, to, 8), 4, 2, stream));
        cuda.Call("cuStreamSynchronize", stream);
        Assert.Equal([1u, 20, 4, 40], cuda.Download<uint>(to, 4));
        uint* pinned = cuda.Pinned(4);
        (pinned[0], pinned[1], pinned[2], pinned[3]) = (7, 7, 7, 7);
        Assert.Equal(0, Copy(cuda, (Device, from, 8), (Host, (nint)pinned, 4), 4, 3, stream));
        cuda.Call("cuStreamSynchronize", stream);
        Assert.Equal([1u, 3, 5, 7], new ReadOnlySpan<uint>(pinned, 4).ToArray());
        Assert.Empty(MockLibrary.Reports());
    }

    [Fact]
    public void Two_streams_may_write_the_rows_between_each_others()
    {
        for (int seed = 0; seed < 10; seed++)
        {
            var cuda = CudaApi.Start($"devices=1;seed={seed}", out _);
            nint from = cuda.Upload(1u, 2u, 3u, 4u), to = cuda.Allocate(16);
            Copy(cuda, (Device, from, 8), (Device, to, 8), 4, 2, cuda.Stream());
            Copy(cuda, (Device, from + 4, 8), (Device, to + 4, 8), 4, 2, cuda.Stream());
            cuda.Call("cuCtxSynchronize");
            Assert.Equal([1u, 2, 3, 4], cuda.Download<uint>(to, 4));
            Assert.Empty(MockLibrary.Reports());
            Copy(cuda, (Device, from, 8), (Device, to, 8), 4, 2, cuda.Stream());
            Copy(cuda, (Device, from, 8), (Device, to + 8, 8), 4, 1, cuda.Stream());
            cuda.Call("cuCtxSynchronize");
            Assert.Contains("StreamRace", Assert.Single(MockLibrary.Reports()));
        }
    }

    [Fact]
    public void A_row_too_many_is_out_of_bounds()
    {
        var cuda = CudaApi.Start("devices=1", out _);
        nint from = cuda.Upload(1u, 2u, 3u, 4u), to = cuda.Allocate(64);
        Copy(cuda, (Device, from, 8), (Device, to, 8), 4, 3, cuda.Stream());
        Assert.Equal(700, cuda.Try("cuCtxSynchronize"));
        Assert.Contains("OutOfBounds", Assert.Single(MockLibrary.Reports()));
    }

    [Fact]
    public void Rows_wider_than_their_pitch_and_foreign_contexts_are_refused()
    {
        var cuda = CudaApi.Start("devices=2", out nint[] contexts);
        nint from = cuda.Upload(1u, 2u, 3u, 4u), to = cuda.Allocate(64), stream = cuda.Stream();
        Assert.Equal(1, Copy(cuda, (Device, from, 4), (Device, to, 8), 8, 2, stream));
        Assert.Equal(1, Copy(cuda, (Host, from, 8), (Device, to, 8), 8, 2, stream));
        Assert.Equal(1, CopyBetween(cuda, (from, contexts[1]), (to, contexts[0]), stream));
        Assert.Equal(0, CopyBetween(cuda, (from, contexts[0]), (to, contexts[0]), stream));
    }

    /// <summary>Through CUDA_MEMCPY2D, word by word as cuda.h lays it out.</summary>
    private static int Copy(CudaApi cuda, (nint Type, nint At, nint Pitch) from, (nint Type, nint At, nint Pitch) to, nint bytes, nint rows, nint stream)
    {
        nint* words = stackalloc nint[]
        {
            0, 0, from.Type, from.Type == Host ? from.At : 0, from.Type == Device ? from.At : 0, 0, from.Pitch,
            0, 0, to.Type, to.Type == Host ? to.At : 0, to.Type == Device ? to.At : 0, 0, to.Pitch,
            bytes, rows,
        };
        return cuda.Try("cuMemcpy2DAsync_v2", (nint)words, stream);
    }

    /// <summary>Two rows of four bytes through CUDA_MEMCPY3D_PEER, word by word as cuda.h lays it out.</summary>
    private static int CopyBetween(CudaApi cuda, (nint At, nint Context) from, (nint At, nint Context) to, nint stream)
    {
        nint* words = stackalloc nint[]
        {
            0, 0, 0, 0, Device, 0, from.At, 0, from.Context, 8, 0,
            0, 0, 0, 0, Device, 0, to.At, 0, to.Context, 8, 0,
            4, 2, 1,
        };
        return cuda.Try("cuMemcpy3DPeerAsync", (nint)words, stream);
    }
}
