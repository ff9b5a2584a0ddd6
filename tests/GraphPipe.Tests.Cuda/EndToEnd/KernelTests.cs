using GraphPipe.Tests.Cuda.Native;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace GraphPipe.Tests.Cuda.EndToEnd;

/// <summary>C# kernels through ILGPU, against the same computation on the host.</summary>
[Collection(nameof(OneDriver))]
public sealed class KernelTests(IlgpuFixture ilgpu)
{
    [Theory]
    [InlineData(64, 4)]
    [InlineData(256, 3)]
    public void Reduction_through_shared_memory(int group, int groups)
    {
        using var accelerator = ilgpu.Accelerator();
        int[] values = [.. Enumerable.Range(0, group * groups).Select(k => (k * 7) % 31)];
        using var x = accelerator.Allocate1D(values);
        using var sums = accelerator.Allocate1D<int>(groups);
        var kernel = accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>(Reduce);
        kernel((groups, group), x.View, sums.View);
        Assert.Equal(values.Chunk(group).Select(c => c.Sum()), sums.GetAsArray1D());
        Assert.Empty(MockLibrary.Reports());
    }

    [Fact]
    public void Reduction_that_forgets_its_barrier_is_found()
    {
        using var accelerator = ilgpu.Accelerator();
        using var x = accelerator.Allocate1D(new int[256]);
        using var sums = accelerator.Allocate1D<int>(1);
        accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>(ReduceWithoutBarrier)((1, 256), x.View, sums.View);
        accelerator.Synchronize();
        Assert.Contains(MockLibrary.Reports(), r => r.StartsWith("SharedRace"));
        ilgpu.ForgetReports();
    }

    [Fact]
    public void Atomics_make_a_histogram()
    {
        using var accelerator = ilgpu.Accelerator();
        int[] values = [.. Enumerable.Range(0, 5000).Select(k => k * k % 16)];
        using var x = accelerator.Allocate1D(values);
        using var bins = accelerator.Allocate1D(new int[16]);
        using var largest = accelerator.Allocate1D(new float[1]);
        accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<int>, ArrayView<float>>(Count)(
            values.Length, x.View, bins.View, largest.View);
        Assert.Equal(Enumerable.Range(0, 16).Select(b => values.Count(v => v == b)), bins.GetAsArray1D());
        Assert.Equal(values.Max(), largest.GetAsArray1D()[0]);
        Assert.Empty(MockLibrary.Reports());
    }

    [Fact]
    public void Shuffles_sum_a_warp()
    {
        using var accelerator = ilgpu.Accelerator();
        int[] values = [.. Enumerable.Range(0, 128).Select(k => k * 3)];
        using var x = accelerator.Allocate1D(values);
        using var sums = accelerator.Allocate1D<int>(4);
        accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>(SumWarps)((1, 128), x.View, sums.View);
        Assert.Equal(values.Chunk(32).Select(c => c.Sum()), sums.GetAsArray1D());
        Assert.Empty(MockLibrary.Reports());
    }

    [Fact]
    public void Math_functions_agree_with_the_host()
    {
        using var accelerator = ilgpu.Accelerator();
        float[] values = [.. Enumerable.Range(0, 1000).Select(k => (k - 500) / 60f)];
        using var x = accelerator.Allocate1D(values);
        using var y = accelerator.Allocate2DDenseX<float>((values.Length, 8));
        accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView2D<float, Stride2D.DenseX>>(Functions)(
            values.Length, x.View, y.View);
        float[,] result = y.GetAsArray2D();
        for (int k = 0; k < values.Length; k++)
        {
            double v = values[k];
            double[] expected =
            [
                Math.Exp(v), Math.Log(Math.Abs(v) + 1), Math.Tanh(v), Math.Sqrt(Math.Abs(v)), Math.Sin(v), Math.Cos(v),
                Math.Floor(v), Math.Max(v, 0) + Math.Abs(v),
            ];
            for (int f = 0; f < expected.Length; f++)
                Assert.True(Math.Abs(result[k, f] - expected[f]) <= 1e-5 * Math.Max(1, Math.Abs(expected[f])), $"function {f} of {v}: {result[k, f]}");
        }
        Assert.Empty(MockLibrary.Reports());
    }

    [Fact]
    public void Tiles_multiply_matrices()
    {
        using var accelerator = ilgpu.Accelerator();
        const int n = 48;
        var a = new float[n, n];
        var b = new float[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                (a[i, j], b[i, j]) = ((((i * 3) + j) % 7) - 3, ((i + (j * 5)) % 11) - 5);
        }
        using var x = accelerator.Allocate2DDenseX(a);
        using var y = accelerator.Allocate2DDenseX(b);
        using var z = accelerator.Allocate2DDenseX<float>((n, n));
        var kernel = accelerator.LoadStreamKernel<
            ArrayView2D<float, Stride2D.DenseX>, ArrayView2D<float, Stride2D.DenseX>, ArrayView2D<float, Stride2D.DenseX>>(Multiply);
        kernel(new KernelConfig(new Index2D(n / Tile, n / Tile), new Index2D(Tile, Tile)), x.View, y.View, z.View);
        var product = z.GetAsArray2D();
        // Small integers: every sum is exact.
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                Assert.Equal(Enumerable.Range(0, n).Sum(k => a[i, k] * b[k, j]), product[i, j]);
        }
        Assert.Empty(MockLibrary.Reports());
    }

    [Fact]
    public void Halves_bytes_longs_and_doubles()
    {
        using var accelerator = ilgpu.Accelerator();
        int n = 100;
        using var h = accelerator.Allocate1D([.. Enumerable.Range(0, n).Select(k => (ILGPU.Half)(k / 8f))]);
        using var s = accelerator.Allocate1D([.. Enumerable.Range(0, n).Select(k => (sbyte)(k - 50))]);
        using var l = accelerator.Allocate1D([.. Enumerable.Range(0, n).Select(k => (long)k << 33)]);
        using var d = accelerator.Allocate1D<double>(n);
        accelerator.LoadAutoGroupedStreamKernel<
            Index1D, ArrayView<ILGPU.Half>, ArrayView<sbyte>, ArrayView<long>, ArrayView<double>>(Mixed)(n, h.View, s.View, l.View, d.View);
        Assert.Equal(Enumerable.Range(0, n).Select(k => (k / 4.0) + ((k - 50) * 2) + ((long)k << 33)), d.GetAsArray1D());
        Assert.Empty(MockLibrary.Reports());
    }

    [Fact]
    public void A_switch_and_a_loop_that_diverge()
    {
        using var accelerator = ilgpu.Accelerator();
        using var y = accelerator.Allocate1D<int>(500);
        accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>(Collatz)(500, y.View);
        Assert.Equal(Enumerable.Range(0, 500).Select(k => Steps(k + 1)), y.GetAsArray1D());
        Assert.Empty(MockLibrary.Reports());
    }

    [Fact]
    public void Devices_copy_between_each_other_in_streams()
    {
        using var first = ilgpu.Accelerator(0);
        using var second = ilgpu.Accelerator(1);
        first.EnablePeerAccess(second);
        using var a = first.Allocate1D<int>(1000);
        using var b = second.Allocate1D<int>(1000);
        using var stream = first.CreateStream();
        first.LoadAutoGroupedKernel<Index1D, ArrayView<int>>(Squares)(stream, 1000, a.View);
        b.View.CopyFrom(stream, a.View);
        stream.Synchronize();
        Assert.Equal(Enumerable.Range(0, 1000).Select(k => k * k), b.GetAsArray1D());
        Assert.Empty(MockLibrary.Reports());
    }

    [Fact]
    public void CuBlas_of_ilgpu_multiplies()
    {
        using var accelerator = ilgpu.Accelerator();
        using var blas = new CuBlas(accelerator);
        using var a = accelerator.Allocate1D([1f, 2, 3, 4]);
        using var b = accelerator.Allocate1D([5f, 6, 7, 8]);
        using var c = accelerator.Allocate1D<float>(4);
        blas.Gemm(CuBlasOperation.NonTranspose, CuBlasOperation.NonTranspose, 2, 2, 2, 1f, a.View.BaseView, 2, b.View.BaseView, 2, 0f,
            c.View.BaseView, 2);
        // By columns: [1 3; 2 4] · [5 7; 6 8].
        Assert.Equal([23f, 34, 31, 46], c.GetAsArray1D());
        Assert.Empty(MockLibrary.Reports());
    }

    [Fact]
    public void An_index_past_the_end_is_found()
    {
        using var accelerator = ilgpu.Accelerator(3);
        using var a = accelerator.Allocate1D<int>(10);
        accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>(PastTheEnd)(10, a.View);
        Assert.ThrowsAny<Exception>(accelerator.Synchronize);
        Assert.Contains(MockLibrary.Reports(), r => r.StartsWith("OutOfBounds"));
        ilgpu.ForgetReports();
    }

    private const int Tile = 16;

    private static void Reduce(ArrayView<int> x, ArrayView<int> sums)
    {
        var shared = SharedMemory.Allocate<int>(256);
        shared[Group.IdxX] = x[Grid.GlobalIndex.X];
        Group.Barrier();
        for (int step = Group.DimX / 2; step > 0; step /= 2)
        {
            if (Group.IdxX < step)
                shared[Group.IdxX] += shared[Group.IdxX + step];
            Group.Barrier();
        }
        if (Group.IdxX == 0)
            sums[Grid.IdxX] = shared[0];
    }

    private static void ReduceWithoutBarrier(ArrayView<int> x, ArrayView<int> sums)
    {
        var shared = SharedMemory.Allocate<int>(256);
        shared[Group.IdxX] = x[Grid.GlobalIndex.X];
        if (Group.IdxX < 128)
            shared[Group.IdxX] += shared[Group.IdxX + 128];
        if (Group.IdxX == 0)
            sums[0] = shared[0];
    }

    private static void Count(Index1D i, ArrayView<int> x, ArrayView<int> bins, ArrayView<float> largest)
    {
        Atomic.Add(ref bins[x[i]], 1);
        Atomic.Max(ref largest[0], x[i]);
    }

    private static void SumWarps(ArrayView<int> x, ArrayView<int> sums)
    {
        int value = x[Group.IdxX];
        for (int step = Warp.WarpSize / 2; step > 0; step /= 2)
            value += Warp.ShuffleDown(value, step);
        if (Warp.LaneIdx == 0)
            sums[Group.IdxX / Warp.WarpSize] = value;
    }

    private static void Functions(Index1D i, ArrayView<float> x, ArrayView2D<float, Stride2D.DenseX> y)
    {
        float v = x[i];
        y[i, 0] = XMath.Exp(v);
        y[i, 1] = XMath.Log(XMath.Abs(v) + 1);
        y[i, 2] = XMath.Tanh(v);
        y[i, 3] = XMath.Sqrt(XMath.Abs(v));
        y[i, 4] = XMath.Sin(v);
        y[i, 5] = XMath.Cos(v);
        y[i, 6] = XMath.Floor(v);
        y[i, 7] = XMath.Max(v, 0) + XMath.Abs(v);
    }

    private static void Multiply(
        ArrayView2D<float, Stride2D.DenseX> a, ArrayView2D<float, Stride2D.DenseX> b, ArrayView2D<float, Stride2D.DenseX> c)
    {
        var tileA = SharedMemory.Allocate2D<float, Stride2D.DenseX>(new Index2D(Tile, Tile), new Stride2D.DenseX(Tile));
        var tileB = SharedMemory.Allocate2D<float, Stride2D.DenseX>(new Index2D(Tile, Tile), new Stride2D.DenseX(Tile));
        int x = Group.IdxX, y = Group.IdxY;
        int row = (Grid.IdxX * Tile) + x, column = (Grid.IdxY * Tile) + y;
        float sum = 0;
        for (int k = 0; k < a.IntExtent.Y; k += Tile)
        {
            tileA[x, y] = a[row, k + y];
            tileB[x, y] = b[k + x, column];
            Group.Barrier();
            for (int j = 0; j < Tile; j++)
                sum += tileA[x, j] * tileB[j, y];
            Group.Barrier();
        }
        c[row, column] = sum;
    }

    private static void Mixed(Index1D i, ArrayView<ILGPU.Half> h, ArrayView<sbyte> s, ArrayView<long> l, ArrayView<double> d)
    {
        ILGPU.Half twice = h[i] + h[i];
        sbyte doubled = (sbyte)(s[i] * 2);
        d[i] = (double)(float)twice + doubled + l[i];
    }

    private static void Collatz(Index1D i, ArrayView<int> y) => y[i] = Steps(i + 1);

    private static int Steps(int n)
    {
        int steps = 0;
        while (n != 1)
        {
            switch (n % 4)
            {
                case 0: n /= 4; steps += 2; break;
                case 2: n /= 2; steps++; break;
                default: n = (3 * n) + 1; steps++; break;
            }
        }
        return steps;
    }

    private static void Squares(Index1D i, ArrayView<int> y) => y[i] = i * i;

    private static void PastTheEnd(Index1D i, ArrayView<int> y) => y[i + 2000] = i;
}
