using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>Copies of rows: the bytes of a copy row by row on the host, in one call of the driver.</summary>
[Collection(nameof(OneDriver))]
public sealed class RowCopyTests(CudaRuntimeFixture cuda)
{
    private const int SourceBytes = 6000;
    private const int TargetBytes = 5000;

    private static readonly string[] CopyCalls = ["MemcpyDtoDAsync", "MemcpyPeerAsync", "Memcpy2DAsync", "Memcpy3DPeerAsync", "MemcpyHtoDAsync", "MemcpyDtoHAsync"];

    public static TheoryData<string, string, string, string> Pairs => new()
    {
        { "", "cuda 0", "cuda 0", "Memcpy2DAsync" },
        { "", "cuda 0", "cuda 1", "Memcpy3DPeerAsync" },
        { "peer=0", "cuda 1", "cuda 0", "Memcpy3DPeerAsync" },
        { "devices=1", "cuda0x 0", "cuda0x 3", "Memcpy2DAsync" },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Rows_with_odd_strides_are_one_call(string driver, string from, string to, string call)
    {
        var provider = Fresh(driver);
        using var first = provider.Open(Name(from), 1);
        using var second = to == from ? null : provider.Open(Name(to), 1);
        var other = second ?? first;
        nint a = first.Allocate(new Bytes(SourceBytes)), b = other.Allocate(new Bytes(TargetBytes));
        var random = new Random(7);
        for (int i = 0; i < 20; i++)
        {
            var copy = Rows(random, rows: random.Next(2, 9), rowBytes: random.Next(1, 120));
            var (expected, own) = Compare(first, a, other, b, copy, random, out long calls, call);
            Assert.Equal(expected, own);
            Assert.Equal(1, calls);
        }

        Assert.Empty(MockLibrary.Reports());
    }

    [Theory]
    [InlineData("cuda 0", "MemcpyDtoDAsync")]
    [InlineData("cuda 1", "MemcpyPeerAsync")]
    public void Rows_without_gaps_are_a_block(string to, string call)
    {
        var provider = Fresh("");
        using var first = provider.Open(Name("cuda 0"), 1);
        using var second = to == "cuda 0" ? null : provider.Open(Name(to), 1);
        nint a = first.Allocate(new Bytes(SourceBytes)), b = (second ?? first).Allocate(new Bytes(TargetBytes));
        var (expected, own) = Compare(first, a, second ?? first, b, new StridedCopy(7, 33, 5, 33, 11, 33), new Random(1), out long calls, call);
        Assert.Equal(expected, own);
        Assert.Equal(1, calls);
    }

    /// <summary>A driver may refuse planes within a device whose pitch is not of its choosing; rows that overlap are no plane.</summary>
    [Theory]
    [InlineData("pitch=512", 6, 40, 64, 100)]
    [InlineData("", 6, 40, 0, 100)]
    [InlineData("", 6, 40, 13, 41)]
    public void Rows_that_are_no_plane_go_one_by_one(string driver, int rows, int rowBytes, int sourceStride, int targetStride)
    {
        using var device = Fresh(driver).Open(Name("cuda 0"), 1);
        nint a = device.Allocate(new Bytes(SourceBytes)), b = device.Allocate(new Bytes(TargetBytes));
        var copy = new StridedCopy(rows, rowBytes, 3, sourceStride, 9, targetStride);
        var (expected, own) = Compare(device, a, device, b, copy, new Random(2), out long calls, "MemcpyDtoDAsync");
        Assert.Equal(expected, own);
        Assert.Equal(rows, calls);
        Assert.Empty(MockLibrary.Reports());
    }

    /// <summary>Small rows share a half of the page-locked memory, and large ones take several: so many copies, however many rows.</summary>
    [Theory]
    [InlineData(5, 100, 203, 301, 1)]
    [InlineData(1000, 4, 12, 7, 1)]
    [InlineData(30_000, 100, 101, 103, 3)]
    [InlineData(3, 1_500_001, 1_500_003, 1_500_007, 6)]
    public void Rows_from_and_to_the_host_share_copies(int rows, int rowBytes, int hostStride, int deviceStride, int copies)
    {
        using var device = Fresh("").Open(Name("cuda 0"), 1);
        int hostBytes = 17 + rows * hostStride, deviceBytes = 23 + rows * deviceStride;
        nint memory = device.Allocate(new Bytes(deviceBytes));
        byte[] source = new byte[hostBytes], expected = new byte[deviceBytes], own = new byte[deviceBytes], back = new byte[hostBytes], expectedBack = new byte[hostBytes];
        new Random(3).NextBytes(source);
        var copy = new StridedCopy(rows, rowBytes, 17, hostStride, 23, deviceStride);
        copy.Apply(source, expected);
        long before = Copies();
        device.Write(source, memory, copy);
        Assert.Equal(copies, Copies() - before);
        device.Read(memory, own, StridedCopy.Whole(deviceBytes));
        Assert.Equal(expected, own);

        var returned = new StridedCopy(rows, rowBytes, 23, deviceStride, 17, hostStride);
        returned.Apply(expected, expectedBack);
        before = Copies();
        device.Read(memory, back, returned);
        Assert.Equal(copies, Copies() - before);
        Assert.Equal(expectedBack, back);
        Assert.Empty(MockLibrary.Reports());
    }

    private static (byte[] Expected, byte[] Own) Compare(
        IDevice from, nint a, IDevice to, nint b, StridedCopy copy, Random random, out long calls, string call)
    {
        byte[] source = new byte[SourceBytes], expected = new byte[TargetBytes], own = new byte[TargetBytes];
        random.NextBytes(source);
        random.NextBytes(expected);
        from.Write(source, a, StridedCopy.Whole(SourceBytes));
        to.Write(expected, b, StridedCopy.Whole(TargetBytes));
        copy.Apply(source, expected);
        from.Settle();
        to.Settle();
        long all = Copies(), named = MockLibrary.Calls(call);
        from.Copy(DeviceQueue.Compute, a, b, copy);
        from.Settle();
        calls = MockLibrary.Calls(call) - named;

        // Beside those by which the rows went there is at most a plane that was refused.
        Assert.InRange(Copies() - all - calls, 0, calls > 1 ? 1 : 0);
        to.Read(b, own, StridedCopy.Whole(TargetBytes));
        return (expected, own);
    }

    private static StridedCopy Rows(Random random, int rows, int rowBytes)
    {
        int sourceStride = rowBytes + random.Next(1, 400), targetStride = rowBytes + random.Next(1, 300);
        return new StridedCopy(rows, rowBytes, random.Next(0, 50), sourceStride, random.Next(0, 50), targetStride);
    }

    private static long Copies() => CopyCalls.Sum(MockLibrary.Calls);

    private static DeviceName Name(string text) => new(text.Split(' ')[0], int.Parse(text.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));

    private CudaDeviceProvider Fresh(string configuration)
    {
        _ = cuda.Provider;
        MockLibrary.Configure(configuration);
        return new CudaDeviceProvider(MockLibrary.Path);
    }
}
