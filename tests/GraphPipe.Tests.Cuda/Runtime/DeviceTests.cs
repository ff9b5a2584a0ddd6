using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;
using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>What goes wrong with drivers, GPUs and data, and how it is told; copies and memory of a device.</summary>
[Collection(nameof(OneDriver))]
public sealed class DeviceTests(CudaRuntimeFixture cuda)
{
    private static readonly DeviceName First = new("cuda", 0);

    [Fact]
    public void No_driver_is_GP6008() => Refused("GP6008", new CudaDeviceProvider("/nowhere/libcuda.so.1"));

    [Fact]
    public void A_library_that_is_no_driver_is_GP6011() =>
        Refused("GP6011", new CudaDeviceProvider(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "libclrjit.so")));

    [Theory]
    [InlineData("driver=10020", "GP6011")]
    [InlineData("cc=9.0;driver=11040", "GP6011")]
    [InlineData("cc=12.0;driver=12060", "GP6011")]
    [InlineData("devices=0", "GP6008")]
    [InlineData("oom=1", "GP6012")]
    public void A_driver_that_does_not_do(string configuration, string code)
    {
        var provider = Fresh(configuration);
        Refused(code, provider);
    }

    [Fact]
    public void A_gpu_that_is_not_there_is_GP6008()
    {
        var provider = Fresh("devices=2");
        Assert.Equal("GP6008", Assert.Throws<DiagnosticException>(() => provider.Open(new DeviceName("cuda", 2), 1)).Diagnostics[0].Code);
    }

    [Theory]
    [InlineData("cc=7.0")]
    [InlineData("cc=9.0")]
    [InlineData("cc=10.0;driver=12080;ptx=8.7")]
    [InlineData("cc=12.0;driver=12080;ptx=8.7")]
    public void Kernels_run_on_other_capabilities(string driver)
    {
        var result = KernelOnDevice.Run(Fresh(driver), First, "Gelu", [TensorData.Floats([2], 3f, -1f)], ["f32[2]"]);

        // x·Φ(x) with Φ from tables: Φ(3) = 0.99865010, Φ(-1) = 0.15865525.
        Assert.Equal(2.99595030, result[0].DoubleAt(0), 1e-6);
        Assert.Equal(-0.15865525, result[0].DoubleAt(1), 1e-6);
        Assert.Empty(MockLibrary.Reports());
    }

    [Fact]
    public void All_missing_kernels_are_told_at_once()
    {
        var b = new ProgramBuilder(new StageId(0), "s");
        var a = b.Buffer("a", "[4]", BufferLife.Persistent);
        b.Parameters.Add(new ParameterDecl("a", a, ParameterRole.Constant, new StageId(0), BufferId.None, []));
        foreach (string op in (string[])["NoSuchOp", "Neg", "NorThis"])
            b.Call(FunctionKind.Forward, op, [a], [b.Buffer(op, "[4]", BufferLife.Temporary)]);
        var plan = TestPlans.Lower([[new Work(ActionKind.Forward, 0, 0)]], [], 1, [1]) with { Mesh = new DeviceMesh([First]) };
        var e = Assert.Throws<DiagnosticException>(() =>
            new PipelineExecutor(plan, [b.Build()], new Dictionary<string, TensorData> { ["a"] = KernelCase.Numbers([4]) }, [cuda.Provider]));
        Assert.Equal(["GP6001", "GP6001"], e.Diagnostics.Select(d => d.Code));
        Assert.Equal(["/s/NoSuchOp", "/s/NorThis"], e.Diagnostics.Select(d => d.Location.Split('"')[1]));
    }

    [Theory]
    [InlineData("Gather", 7)]
    [InlineData("grad.Gather", -7)]
    public void An_index_outside_its_table_is_GP7007(string kernel, long index)
    {
        var e = Assert.Throws<DiagnosticException>(() =>
            KernelOnDevice.Run(cuda.Provider, First, kernel, [KernelCase.Numbers([6]), TensorData.Longs([6], 0, 1, 2, 3, 4, index)], ["f32[6]"]));
        Assert.Equal("GP7007", e.Diagnostics[0].Code);
        Assert.Contains($"index {index} is outside an axis of length 6", e.Message);
        Assert.Empty(MockLibrary.Reports());
    }

    [Fact]
    public void A_launch_that_fails_ends_the_run_with_a_code()
    {
        var e = Assert.Throws<DiagnosticException>(() => KernelOnDevice.Run(Fresh("fail=1"), First, "Neg", [KernelCase.Numbers([6])], ["f32[6]"]));
        Assert.Contains(e.Diagnostics[0].Code, (string[])["GP6003", "GP6006"]);
        Assert.Contains("CUDA_ERROR_LAUNCH_FAILED", e.Message);
        MockLibrary.Reset();
    }

    /// <summary>Losses are read behind the queues, but before any device updates; and the next step is as if nothing had been.</summary>
    [Theory]
    [InlineData("gpipe")]
    [InlineData("split backwards, two messages")]
    public void A_loss_that_is_not_finite_changes_no_parameter(string name)
    {
        var pipeline = QueuePipelines.Of(name, cuda.Provider);
        var good = pipeline.Model.Batch(8);
        float[] x = [.. Enumerable.Repeat(0.5f, 8 * DenseModel.InputWidth)];
        x[5 * DenseModel.InputWidth] = float.PositiveInfinity;
        var bad = new MiniBatch(8, [new("x", TensorData.Floats([8, DenseModel.InputWidth], x)), new("t", good["t"])]);
        using var executor = pipeline.Open();
        using var other = pipeline.Open();
        var before = executor.Parameters.ToDictionary(p => p.Name, p => executor.GetParameter(p.Name).Hash);
        var e = Assert.Throws<DiagnosticException>(() => executor.Step(bad));
        Assert.Equal("GP6002", e.Diagnostics[0].Code);
        Assert.Contains("(samples [4,6))", e.Message);
        Assert.True(executor.IsConsistent);
        Assert.All(executor.Parameters, p => Assert.Equal(before[p.Name], executor.GetParameter(p.Name).Hash));
        executor.StepCount = 0;
        Assert.Equal(other.Step(good).Loss, executor.Step(good).Loss);
        Assert.All(executor.Parameters, p => Assert.Equal(other.GetParameter(p.Name).Hash, executor.GetParameter(p.Name).Hash));
        Assert.Empty(MockLibrary.Reports());
    }

    /// <summary>More than the page-locked memory holds, in rows, there and back.</summary>
    [Fact]
    public void Large_and_strided_copies_come_back()
    {
        using var device = cuda.Provider.Open(First, 1);
        const int bytes = (5 << 20) / 2;
        nint a = device.Allocate(new Bytes(bytes)), b = device.Allocate(new Bytes(bytes));
        byte[] source = new byte[bytes], target = new byte[bytes];
        new Random(1).NextBytes(source);
        device.Write(source, a, StridedCopy.Whole(bytes));
        device.Copy(DeviceQueue.Compute, a, b, StridedCopy.Whole(bytes));
        device.Read(b, target, StridedCopy.Whole(bytes));
        Assert.Equal(source, target);
        var rows = new StridedCopy(3, 100, 7, 1000, 50, 200);
        byte[] expected = new byte[1000], own = new byte[1000];
        rows.Apply(source, expected);
        device.Write(new byte[1000], b, StridedCopy.Whole(1000));
        device.Copy(DeviceQueue.Compute, a, b, rows);
        device.Read(b, own, StridedCopy.Whole(1000));
        Assert.Equal(expected, own);
        device.Write(new byte[1000], b, StridedCopy.Whole(1000));
        device.Write(source, b, rows);
        device.Read(b, own, StridedCopy.Whole(1000));
        Assert.Equal(expected, own);
        Assert.Empty(MockLibrary.Reports());
    }

    [Theory]
    [InlineData("cuda", 3, 3)]
    [InlineData("cuda0x", 3, 0)]
    [InlineData("cuda12x", 1, 12)]
    [InlineData("cpu", 0, null)]
    [InlineData("cudax", 0, null)]
    public void Names_of_devices(string kind, int number, int? gpu) => Assert.Equal(gpu, CudaDeviceProvider.GpuOf(new DeviceName(kind, number)));

    private static void Refused(string code, CudaDeviceProvider provider) =>
        Assert.Equal(code, Assert.Throws<DiagnosticException>(() => provider.Open(First, 1)).Diagnostics[0].Code);

    private CudaDeviceProvider Fresh(string configuration)
    {
        _ = cuda.Provider;
        MockLibrary.Configure(configuration);
        return new CudaDeviceProvider(MockLibrary.Path);
    }
}
