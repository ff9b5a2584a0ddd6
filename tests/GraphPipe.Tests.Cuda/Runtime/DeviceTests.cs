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
    [InlineData("hostoom=1", "GP6012")]
    [InlineData("blasoom=1", "GP6012")]
    [InlineData("retain=2", "GP6012")]
    [InlineData("retain=46", "GP6008")]
    public void A_driver_that_does_not_do(string configuration, string code)
    {
        var provider = Fresh(configuration);
        Refused(code, provider);
    }

    [Theory]
    [InlineData("devices=0", "shows no GPU", "CUDA_VISIBLE_DEVICES")]
    [InlineData("init=100", "shows no GPU", "CUDA_VISIBLE_DEVICES")]
    [InlineData("init=34", "does not start", "libcuda.so.1")]
    [InlineData("init=802", "does not start", "fabric manager")]
    [InlineData("init=803", "does not start", "unlike versions")]
    [InlineData("init=999", "does not start", "nvidia-smi")]
    public void A_driver_that_does_not_start_says_what_to_do(string configuration, string message, string advice)
    {
        var problem = Assert.Throws<DiagnosticException>(() => Fresh(configuration).Open(First, 1)).Diagnostics[0];
        Assert.Equal("GP6008", problem.Code);
        Assert.Contains(message, problem.Message);
        Assert.Contains(advice, problem.Advice);
    }

    /// <summary>Which is met when kernels are loaded or their tables, page-locked memory for copies and for losses made: the pipeline is not there yet.</summary>
    [Theory]
    [InlineData("moduleoom=1", "Resize")]
    [InlineData("oom=4", "Resize")]
    [InlineData("hostoom=3", "Neg")]
    public void Memory_that_ends_while_a_pipeline_is_loaded_is_GP6012(string configuration, string kernel)
    {
        var resize = Attributes.Empty.With("axis", 0L).With("mode", "linear");
        var e = Assert.Throws<DiagnosticException>(() => KernelOnDevice.Run(Fresh(configuration), First, kernel, [KernelCase.Numbers([6])], [kernel == "Resize" ? "f32[9]" : "f32[6]"], resize));
        Assert.Equal("GP6012", e.Diagnostics[0].Code);
    }

    /// <summary>A device that is not made to its end gives back what it has: there is room for one device, and it is made at the second try.</summary>
    [Fact]
    public void A_device_that_fails_leaves_nothing_behind()
    {
        var provider = Fresh($"memory={2 * MemoryPlan.ScratchPerThread.Value};blasoom=2");
        using var first = provider.Open(new DeviceName("cuda0x", 0), 2);
        Assert.Equal("GP6012", Assert.Throws<DiagnosticException>(() => provider.Open(new DeviceName("cuda0x", 1), 2)).Diagnostics[0].Code);
        using var second = provider.Open(new DeviceName("cuda0x", 1), 2);
        Assert.Empty(MockLibrary.Reports());
    }

    /// <summary>Page-locked memory is the process's: no context takes it along.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_device_without_events_gives_its_host_memory_back(int failing)
    {
        Refused("GP6012", Fresh($"event={failing}"));
        Assert.True(MockLibrary.Calls("MemHostAlloc") > 0);
        Assert.Equal(MockLibrary.Calls("MemHostAlloc"), MockLibrary.Calls("MemFreeHost"));
        Assert.Equal(failing - 1, MockLibrary.Calls("EventDestroy"));
        Assert.Equal(failing, MockLibrary.Calls("EventCreate"));
        Assert.Empty(MockLibrary.Reports());
    }

    /// <summary>A cuBLAS that does not start, as one that is newer than the driver: products run on our own kernel, and the pipeline says so.</summary>
    [Fact]
    public void A_cublas_that_does_not_work_is_left_out()
    {
        TensorData[] inputs = [KernelCase.Numbers([5, 7], 1), KernelCase.Numbers([7, 3], 2)];
        var provider = Fresh("blas=1");
        Assert.Contains("own kernel", provider.ProductsOn(0));
        var own = KernelOnDevice.Run(cuda.Provider, First, "Gemm", inputs, ["f32[5,3]"])[0];
        provider = Fresh("blas=1");
        Assert.Equal(own.Bytes.ToArray(), KernelOnDevice.Run(provider, First, "Gemm", inputs, ["f32[5,3]"])[0].Bytes.ToArray());
        var pipeline = QueuePipelines.Of("gpipe", provider);
        using (var executor = pipeline.Open())
            Assert.Equal("GP6013", Assert.Single(executor.Notes).Code);
        Assert.StartsWith("cuBLAS 120400 (", Fresh("").ProductsOn(0));
        Assert.Empty(MockLibrary.Reports());
    }

    /// <summary>More GPUs than one may reach: copies go through the host, and the bits are the same.</summary>
    [Fact]
    public void Too_many_peers_are_no_failure()
    {
        var numbers = QueuePipelines.Train(QueuePipelines.Of("gpipe", cuda.Cublas), 8, 3);
        Assert.Equal(numbers, QueuePipelines.Train(QueuePipelines.Of("gpipe", Fresh("peers=1")), 8, 3));
        Assert.Empty(MockLibrary.Reports());
    }

    /// <summary>A kernel that reads outside its memory is noticed at some later call, which is not to blame.</summary>
    [Fact]
    public void A_kernel_that_fails_loses_the_device()
    {
        var weights = new Dictionary<string, TensorData> { ["scale"] = TensorData.Floats([], 1), ["x"] = KernelCase.Numbers([1 << 16]), ["t"] = KernelCase.Numbers([4]) };
        int later = 0;
        for (int seed = 0; seed < 8; seed++)
        {
            var b = new ProgramBuilder(new StageId(0), "s");
            BufferId Constant(string name, string shape)
            {
                var buffer = b.Buffer(name, shape, BufferLife.Persistent);
                b.Parameters.Add(new ParameterDecl(name, buffer, ParameterRole.Constant, new StageId(0), BufferId.None, []));
                return buffer;
            }

            // The targets are fewer than what they are compared with, and at the end of their memory.
            BufferId scale = Constant("scale", "[]"), x = Constant("x", "[65536]"), t = Constant("t", "[4]");
            var y = b.Buffer("y", "[4]", BufferLife.ForwardEdge);
            b.Outputs.Add(new OutputDecl("y", y));
            b.Call(FunctionKind.Forward, "train.LossMse", [x, t, scale], [b.Buffer("loss", "[]", BufferLife.ForwardEdge)]);
            b.Call(FunctionKind.Forward, "Abs", [t], [y]);
            for (int i = 0; i < 20; i++)
                b.Call(FunctionKind.Forward, "Abs", [y], [y]);
            var plan = TestPlans.Lower([[new Work(ActionKind.Forward, 0, 0)]], [], 1, [1]) with { Mesh = new DeviceMesh([First]) };
            using var executor = new PipelineExecutor(plan, [b.Build()], weights, [Fresh($"seed={seed}")]);
            var e = Assert.Throws<DiagnosticException>(() => executor.Forward(new MiniBatch(1, [])));
            Assert.Equal("GP6003", e.Diagnostics[0].Code);
            Assert.Contains("CUDA_ERROR_ILLEGAL_ADDRESS", e.Message);
            later += e.Message.Contains("at or before node \"/s/Abs\"") ? 1 : 0;
            MockLibrary.Reset();
        }

        Assert.True(later > 0, "the fault was never noticed at a later call");
    }

    /// <summary>A loop that steps by all its threads would overflow behind the last element.</summary>
    [Fact]
    public void More_elements_than_kernels_count_are_refused()
    {
        var b = new ProgramBuilder(new StageId(0), "s");
        var y = b.Buffer("y", $"[{int.MaxValue - 60_000}]", BufferLife.Persistent);
        b.Call(FunctionKind.Forward, "train.LossMse", [y, y, b.Buffer("scale", "[]", BufferLife.Persistent)], [b.Buffer("loss", "[]", BufferLife.Temporary)]);
        var program = b.Build();
        var plan = TestPlans.Lower([[new Work(ActionKind.Forward, 0, 0)]], [], 1, [1]);
        using var device = cuda.Provider.Open(First, 1);
        var diagnostics = new DiagnosticBag();
        var memory = MemoryPlan.Compute(plan, [program]);
        device.Bind(new FunctionBinding(program, program.Functions[0], memory[program.Id], 1), diagnostics);
        Assert.Equal("GP6001", Assert.Single(diagnostics.All).Code);
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
        Assert.Equal("GP6003", e.Diagnostics[0].Code);
        Assert.Equal("device cuda:0 is lost: cuLaunchKernel: CUDA_ERROR_LAUNCH_FAILED; it failed at or before node \"/s/Neg\"", e.Diagnostics[0].Message);
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
