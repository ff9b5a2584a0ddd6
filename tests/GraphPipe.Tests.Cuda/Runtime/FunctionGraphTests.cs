using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Runtime.Cuda.Kernels;
using GraphPipe.Runtime.Elements;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;
using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>One function on a device: when it is replayed as a graph, and that a graph computes what the launches do.</summary>
[Collection(nameof(OneDriver))]
public sealed class FunctionGraphTests(CudaRuntimeFixture cuda)
{
    private const int Elements = 64;
    private const int Calls = 5;

    [Fact]
    public void The_third_run_with_the_same_addresses_is_one_call()
    {
        using var device = Open("");
        var function = new Doubling(device, sets: 1);
        Assert.Equal((Calls, 0), function.Run(0));
        Assert.Equal((Calls, 1), function.Run(0));
        Assert.Equal((0, 1), function.Run(0));
        Assert.Equal((0, 1), function.Run(0));
        Assert.Equal(1, MockLibrary.Calls("GraphInstantiate"));
    }

    [Fact]
    public void Other_addresses_are_launched_until_they_have_a_graph_of_their_own()
    {
        using var device = Open("");
        var function = new Doubling(device, sets: 2);
        for (int i = 0; i < 3; i++)
            function.Run(0);
        Assert.Equal((Calls, 0), function.Run(1));
        Assert.Equal((0, 1), function.Run(0));
        Assert.Equal((Calls, 1), function.Run(1));
        Assert.Equal((0, 1), function.Run(1));
        Assert.Equal((Calls, 0), function.Run(1, isFirst: false));
        Assert.Equal((0, 1), function.Run(1));
        Assert.Equal(2, MockLibrary.Calls("GraphInstantiate"));
    }

    [Fact]
    public void So_many_sets_of_addresses_have_graphs_and_no_more()
    {
        const int sets = FunctionGraphs.MostSets + 2;
        using var device = Open("");
        var function = new Doubling(device, sets);
        for (int run = 0; run < 3; run++)
        {
            for (int set = 0; set < sets; set++)
                Assert.Equal(run == 2 && set < FunctionGraphs.MostSets ? (0, 1) : (Calls, run == 1 && set < FunctionGraphs.MostSets ? 1 : 0), function.Run(set));
        }

        Assert.Equal(FunctionGraphs.MostSets, MockLibrary.Calls("GraphInstantiate"));
    }

    [Fact]
    public void All_graphs_go_with_their_device()
    {
        using (var device = Open(""))
        {
            var function = new Doubling(device, sets: 3);
            for (int i = 0; i < 9; i++)
                function.Run(i % 3);
        }

        Assert.Equal(3, MockLibrary.Calls("GraphInstantiate"));
        Assert.Equal(3, MockLibrary.Calls("GraphExecDestroy"));
        Assert.Equal(3, MockLibrary.Calls("GraphDestroy"));
    }

    [Fact]
    public void Without_memory_for_a_graph_calls_are_launched()
    {
        using var device = Open("graph=1");
        var function = new Doubling(device, sets: 2);
        for (int i = 0; i < 8; i++)
            Assert.Equal((i == 2 ? 2 * Calls : Calls, 0), function.Run(i % 2));
        Assert.Equal(1, MockLibrary.Calls("GraphInstantiate"));
        Assert.Equal(1, MockLibrary.Calls("GraphDestroy"));
    }

    [Fact]
    public void A_call_that_can_not_be_captured_is_launched()
    {
        using var device = Open("");
        var function = new Doubling(device, sets: 1, "test.Waits");
        for (int i = 0; i < 4; i++)
            Assert.Equal(0, function.Run(0).Graphs);
        Assert.Equal(1, MockLibrary.Calls("StreamEndCapture"));
        Assert.Equal(0, MockLibrary.Calls("GraphInstantiate"));
    }

    /// <summary>A stream that is captured can't be waited for, so nothing could be done with it any more.</summary>
    [Fact]
    public void A_capture_ends_when_the_device_is_lost()
    {
        using var device = Open("");
        var function = new Doubling(device, sets: 1, "test.Lost");
        function.Run(0);
        Assert.Throws<DeviceLostException>(() => function.Run(0));
        Assert.Equal(1, MockLibrary.Calls("StreamBeginCapture"));
        Assert.Equal(1, MockLibrary.Calls("StreamEndCapture"));
        device.Settle();
        Assert.Equal(0, MockLibrary.Calls("GraphInstantiate"));
    }

    /// <summary>A call of which nothing is known: kernels from outside must not be frozen unless they say so.</summary>
    [Fact]
    public void A_call_that_does_not_say_that_it_is_repeatable_is_launched()
    {
        using var device = Open("");
        var function = new Doubling(device, sets: 1, "test.Unknown");
        for (int i = 0; i < 4; i++)
            Assert.Equal((Calls, 0), function.Run(0));
        Assert.Equal(0, MockLibrary.Calls("StreamBeginCapture"));
    }

    [Fact]
    public void Few_calls_and_calls_that_are_clocked_are_launched()
    {
        using var device = Open("");
        var few = new Doubling(device, sets: 1, calls: FunctionGraphs.FewestCalls - 1);
        var clocked = new Doubling(device, sets: 1, isClocked: true);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal((FunctionGraphs.FewestCalls - 1, 0), few.Run(0));
            Assert.Equal((Calls, 0), clocked.Run(0));
        }

        Assert.Equal(0, MockLibrary.Calls("StreamBeginCapture"));
    }

    [Fact]
    public void Graphs_can_be_left_out()
    {
        _ = cuda.Provider;
        using var device = Entered(new CudaDeviceProvider(MockLibrary.Path) { UsesGraphs = false });
        var function = new Doubling(device, sets: 1);
        for (int i = 0; i < 4; i++)
            Assert.Equal((Calls, 0), function.Run(0));
    }

    /// <summary>The driver tells of a graph that fails as of a kernel.</summary>
    [Fact]
    public void A_graph_that_fails_is_an_error()
    {
        using var device = Open($"fail={Calls + 2}");
        var function = new Doubling(device, sets: 1);
        function.Run(0);
        function.Run(0);
        Assert.Contains("cuGraphLaunch: CUDA_ERROR_LAUNCH_FAILED", Assert.Throws<GraphPipe.Runtime.Cuda.Driver.CudaException>(() => function.Run(0)).Message);
        MockLibrary.Reset();
    }

    private IDevice Open(string configuration)
    {
        _ = cuda.Provider;
        MockLibrary.Configure(configuration);
        return Entered(new CudaDeviceProvider(MockLibrary.Path, kernelAssemblies: typeof(FunctionGraphTests).Assembly));
    }

    // The test's thread is the device's.
    private static IDevice Entered(CudaDeviceProvider provider)
    {
        var device = provider.Open(new DeviceName("cuda", 0), 1);
        device.Enter();
        return device;
    }

    /// <summary>x to 2ⁿ·x by n additions, with the operands of each set at addresses of their own.</summary>
    private sealed class Doubling
    {
        private readonly IDevice _device;
        private readonly IBoundFunction _function;
        private readonly nint _memory;
        private readonly long _setBytes;
        private readonly int _calls;
        private int _runs;

        public Doubling(IDevice device, int sets, string kernel = "Add", int calls = Calls, bool isClocked = false)
        {
            (_device, _calls) = (device, calls);
            var stage = new StageId(0);
            var b = new ProgramBuilder(stage, "s");
            BufferId[] values = [.. Enumerable.Range(0, calls + 1).Select(i => b.Buffer($"v{i}", $"[{Elements}]", BufferLife.Persistent))];
            for (int i = 0; i < calls; i++)
                b.Call(FunctionKind.Forward, kernel, [values[i], values[i]], [values[i + 1]]);
            var program = b.Build();
            var plan = TestPlans.Lower([[new Work(ActionKind.Forward, 0, 0)]], [], 1, [1]) with { Mesh = new DeviceMesh([device.Name]) };
            var memory = MemoryPlan.Compute(plan, [program]);
            var diagnostics = new DiagnosticBag();
            var clock = isClocked ? new CallClock(stage, program.Functions[0], 1, 10) : null;
            _function = device.Bind(new FunctionBinding(program, program.Functions[0], memory[stage], 1) { Clock = clock }, diagnostics);
            diagnostics.ThrowIfErrors();
            _setBytes = memory.Devices[0].Persistent.Value;
            _memory = device.Allocate(new Bytes(sets * _setBytes));
        }

        /// <summary>Runs it on new numbers and compares with what it must be.</summary>
        /// <returns>The driver's launches of kernels and of graphs.</returns>
        public (int Kernels, int Graphs) Run(int set, bool isFirst = true)
        {
            nint[] bases = new nint[Enum.GetValues<BufferLife>().Length];

            // What other lives count from is of no account to a function that does not use them.
            bases[(int)BufferLife.Activation] = ++_runs;
            bases[(int)BufferLife.Persistent] = _memory + (nint)(set * _setBytes);
            float[] x = [.. Enumerable.Range(0, Elements).Select(i => _runs + i / 8f)];
            byte[] result = new byte[Elements * sizeof(float)];
            _device.Write(TensorData.Floats([Elements], x).Bytes.Span, bases[(int)BufferLife.Persistent], StridedCopy.Whole(result.Length));
            long kernels = MockLibrary.Calls("LaunchKernel"), graphs = MockLibrary.Calls("GraphLaunch");
            _function.Run(bases, new FunctionRun(1, isFirst));
            (kernels, graphs) = (MockLibrary.Calls("LaunchKernel") - kernels, MockLibrary.Calls("GraphLaunch") - graphs);
            _device.Read(bases[(int)BufferLife.Persistent] + _calls * (nint)(_setBytes / (_calls + 1)), result, StridedCopy.Whole(result.Length));
            Assert.Equal(x.Select(v => v * (1 << _calls)), System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(result).ToArray());
            Assert.Empty(MockLibrary.Reports());
            return ((int)kernels, (int)graphs);
        }
    }

    /// <summary>Adds, and waits for the device, which no capture allows.</summary>
    [Kernel("test.Waits")]
    public sealed class WaitingKernel : CudaKernel
    {
        public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches) => new Call(new ArithmeticKernel<Add>().Bind(binding, launches)!);

        private sealed unsafe class Call(CudaCall add) : CudaCall
        {
            public override bool IsRepeatable => true;

            public override void Enqueue(in CallContext context)
            {
                add.Enqueue(context);
                ((delegate* unmanaged<int>)MockLibrary.Export("cuCtxSynchronize"))();
            }
        }
    }

    /// <summary>Adds, and finds the device lost while it is captured.</summary>
    [Kernel("test.Lost")]
    public sealed class LostKernel : CudaKernel
    {
        public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches) => new Call(new ArithmeticKernel<Add>().Bind(binding, launches)!);

        private sealed class Call(CudaCall add) : CudaCall
        {
            public override bool IsRepeatable => true;

            public override void Enqueue(in CallContext context)
            {
                if (MockLibrary.Calls("StreamBeginCapture") > 0)
                    throw new GraphPipe.Runtime.Cuda.Driver.CudaException(719, "cuLaunchKernel: CUDA_ERROR_LAUNCH_FAILED");
                add.Enqueue(context);
            }
        }
    }

    /// <summary>Adds, and says nothing.</summary>
    [Kernel("test.Unknown")]
    public sealed class UnknownKernel : CudaKernel
    {
        public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches) => new Call(new ArithmeticKernel<Add>().Bind(binding, launches)!);

        private sealed class Call(CudaCall add) : CudaCall
        {
            public override void Enqueue(in CallContext context) => add.Enqueue(context);
        }
    }
}
