using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;

namespace GraphPipe.Tests.Cuda.Driver;

/// <summary>cuBLAS against sums written out; small integers, so every order of summation is exact.</summary>
[Collection(nameof(OneDriver))]
public sealed unsafe class BlasTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    public void Sgemm_by_columns(int opA, int opB)
    {
        const int m = 3, n = 4, k = 5;
        var cuda = CudaApi.Start("devices=1", out _);
        float[] a = [.. Enumerable.Range(0, m * k).Select(i => (float)(i % 7) - 3)], b = [.. Enumerable.Range(0, k * n).Select(i => (float)(i % 5) - 2)];
        float[] c = [.. Enumerable.Range(0, m * n).Select(i => (float)i)];
        nint da = cuda.Upload(a), db = cuda.Upload(b), dc = cuda.Upload(c), handle = cuda.Get("cublasCreate_v2"), stream = cuda.Stream();
        cuda.Call("cublasSetStream_v2", handle, stream);
        float alpha = 2, beta = 3;
        cuda.Call("cublasSgemm_v2", handle, opA, opB, m, n, k, (nint)(&alpha), da, opA == 0 ? m : k, db, opB == 0 ? k : n, (nint)(&beta), dc, m);
        cuda.Call("cuStreamSynchronize", stream);
        float at(int i, int j) => Enumerable.Range(0, k).Sum(p =>
            (opA == 0 ? a[(p * m) + i] : a[(i * k) + p]) * (opB == 0 ? b[(j * k) + p] : b[(p * n) + j]));
        float[] expected = [.. Enumerable.Range(0, m * n).Select(x => (2 * at(x % m, x / m)) + (3 * c[x]))];
        Assert.Equal(expected, cuda.Download<float>(dc, m * n));
        Assert.Empty(MockLibrary.Reports());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(14)]
    public void Batches_of_narrow_storage_with_f32_sums(int type)
    {
        const int m = 2, k = 3, batch = 2;
        var cuda = CudaApi.Start("devices=1", out _);
        ushort narrow(int x) => type == 2 ? BitConverter.HalfToUInt16Bits((Half)x) : (ushort)(BitConverter.SingleToUInt32Bits(x) >> 16);
        int[] a = [.. Enumerable.Range(1, m * k * batch)];
        nint da = cuda.Upload<ushort>([.. a.Select(narrow)]), db = cuda.Upload<ushort>([.. Enumerable.Repeat(narrow(2), k * batch)]);
        // C is not written before: with beta 0 it is not read.
        nint dc = cuda.Allocate(m * batch * 4), handle = cuda.Get("cublasCreate_v2");
        float alpha = 1, beta = 0;
        cuda.Call("cublasGemmStridedBatchedEx", handle, 0, 0, m, 1, k, (nint)(&alpha), da, type, m, m * k, db, type, k, k, (nint)(&beta), dc,
            0, m, m, batch, 68, 0);
        float[] expected = [.. Enumerable.Range(0, m * batch).Select(x =>
            2f * Enumerable.Range(0, k).Sum(p => a[(x / m * m * k) + (p * m) + (x % m)]))];
        Assert.Equal(expected, cuda.Download<float>(dc, m * batch));
        Assert.Empty(MockLibrary.Reports());
    }

    [Fact]
    public void Dot_waits_where_its_result_is_the_hosts()
    {
        var cuda = CudaApi.Start("devices=1", out _);
        nint x = cuda.Upload(1f, 2, 3), y = cuda.Upload(4f, 5, 6), handle = cuda.Get("cublasCreate_v2");
        float result;
        cuda.Call("cublasSdot_v2", handle, 3, x, 1, y, 1, (nint)(&result));
        Assert.Equal(32f, result);
    }

    [Fact]
    public void A_product_races_like_any_other_work()
    {
        var cuda = CudaApi.Start("devices=1", out _);
        nint a = cuda.Upload(1f), c = cuda.Upload(1f), handle = cuda.Get("cublasCreate_v2"), add = cuda.Load(CudaApi.AddOne, "add");
        cuda.Call("cublasSetStream_v2", handle, cuda.Stream());
        float one = 1;
        cuda.Call("cublasSgemm_v2", handle, 0, 0, 1, 1, 1, (nint)(&one), a, 1, a, 1, (nint)(&one), c, 1);
        cuda.Launch(add, 1, cuda.Stream(), c, 0);
        cuda.Call("cuCtxSynchronize");
        Assert.Contains("StreamRace", Assert.Single(MockLibrary.Reports()));
    }

    [Fact]
    public void A_leading_dimension_that_is_too_small_is_refused()
    {
        var cuda = CudaApi.Start("devices=1", out _);
        nint a = cuda.Upload(1f, 2, 3, 4), handle = cuda.Get("cublasCreate_v2");
        float one = 1;
        Assert.Equal(7, cuda.Try("cublasSgemm_v2", handle, 0, 0, 2, 2, 2, (nint)(&one), a, 1, a, 2, (nint)(&one), a, 2));
    }
}
