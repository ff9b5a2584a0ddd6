using GraphPipe.Tests.Cuda.Native;
using ILGPU;
using ILGPU.Runtime;

namespace GraphPipe.Tests.Cuda.EndToEnd;

/// <summary>The thinnest way through: a C# kernel, compiled by ILGPU to PTX, run by the mock.</summary>
[Collection(nameof(OneDriver))]
public sealed class VectorAddTests(IlgpuFixture ilgpu)
{
    [Fact]
    public void Four_devices_are_there() => Assert.Equal(4, ilgpu.Context.Devices.Count(d => d.AcceleratorType == AcceleratorType.Cuda));

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(1000)]
    public void Adds(int n)
    {
        using var accelerator = ilgpu.Accelerator();
        float[] a = [.. Enumerable.Range(0, n).Select(k => 0.5f * k)];
        float[] b = [.. Enumerable.Range(0, n).Select(k => 1f - k)];
        using var x = accelerator.Allocate1D(a);
        using var y = accelerator.Allocate1D(b);
        using var z = accelerator.Allocate1D<float>(n);
        var add = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>>(Add);
        add(n, x.View, y.View, z.View);
        Assert.Equal(a.Zip(b, (p, q) => p + q), z.GetAsArray1D());
        Assert.Empty(MockLibrary.Reports());
    }

    private static void Add(Index1D i, ArrayView<float> x, ArrayView<float> y, ArrayView<float> z) => z[i] = x[i] + y[i];
}
