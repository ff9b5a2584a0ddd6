using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;
using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>A model's outputs are read behind the work of a run, without waiting for it.</summary>
[Collection(nameof(OneDriver))]
public sealed class OutputReadTests(CudaRuntimeFixture cuda)
{
    private static readonly DeviceName First = new("cuda", 0);

    /// <summary>The device is waited for as often for eight micro-batches with three outputs as for one with one, and every bit is the CPU's.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 1)]
    [InlineData(8, 3)]
    public void Outputs_are_waited_for_once_in_a_run(int microBatches, int outputs)
    {
        var x = KernelCase.Numbers([microBatches, 5], 1);
        var batch = new MiniBatch(microBatches, [new("x", x)]);
        using var executor = Open(cuda.Provider, First, microBatches, outputs, 5);
        executor.Forward(batch);
        long streams = MockLibrary.Calls("StreamSynchronize");
        var own = executor.Forward(batch).Outputs;

        // One for each stream of the device.
        Assert.Equal(Enum.GetValues<DeviceQueue>().Length, MockLibrary.Calls("StreamSynchronize") - streams);
        using var other = Open(new CpuDeviceProvider(1), new DeviceName("cpu", 0), microBatches, outputs, 5);
        Same(other.Forward(batch).Outputs, own);
        Assert.Empty(MockLibrary.Reports());
    }

    /// <summary>More than the page-locked memory holds, in one output and in all, run after run.</summary>
    [Fact]
    public void Large_outputs_come_in_pieces()
    {
        const int microBatches = 3, outputs = 2, width = (5 << 18) / 2 + 3;
        using var executor = Open(cuda.Provider, First, microBatches, outputs, width);
        for (int run = 0; run < 2; run++)
        {
            var x = KernelCase.Numbers([microBatches, width], run);
            var own = executor.Forward(new MiniBatch(microBatches, [new("x", x)])).Outputs;
            for (int i = 0; i < outputs; i++)
                Assert.Equal(x.As<float>().ToArray().Select(v => i % 2 == 0 ? -v : v), own[$"y{i}"].As<float>().ToArray());
        }

        Assert.Empty(MockLibrary.Reports());
    }

    /// <summary>What a run that failed was to read is not handed to the next one.</summary>
    [Fact]
    public void Reads_are_forgotten_with_their_run()
    {
        using var device = cuda.Provider.Open(First, 1);
        device.Enter();
        nint address = device.Allocate(new Bytes(64));
        device.Write(Enumerable.Repeat((byte)7, 64).ToArray(), address, StridedCopy.Whole(64));
        byte[] lost = new byte[64], kept = new byte[64];
        device.BeginRead(address, lost, StridedCopy.Whole(64));
        device.Abandon();
        device.BeginRead(address, kept, StridedCopy.Whole(64));
        Assert.All(kept, b => Assert.Equal(0, b));
        device.Settle();
        Assert.All(kept, b => Assert.Equal(7, b));
        Assert.All(lost, b => Assert.Equal(0, b));
    }

    /// <summary>A value that a kernel reports is told at its action, although nothing waits there.</summary>
    [Fact]
    public void An_index_outside_its_table_is_told_at_its_action()
    {
        var b = new ProgramBuilder(new StageId(0), "s");
        var table = b.Buffer("table", "[6]", BufferLife.Persistent);
        b.Parameters.Add(new ParameterDecl("table", table, ParameterRole.Constant, new StageId(0), BufferId.None, []));
        BufferId index = b.Buffer("x", "[N]", BufferLife.ForwardEdge, DType.I64), y = b.Buffer("y", "[N]", BufferLife.ForwardEdge);
        b.Feeds.Add(new FeedDecl(FeedKind.Input, "x", index));
        b.Outputs.Add(new OutputDecl("y", y));
        b.Call(FunctionKind.Forward, "Gather", [table, index], [y]);
        using var executor = Open(b.Build(), cuda.Provider, First, 3, new() { ["table"] = KernelCase.Numbers([6]) });
        var e = Assert.Throws<DiagnosticException>(() => executor.Forward(new MiniBatch(3, [new("x", TensorData.Longs([3], 1, 9, 2))])));
        Assert.Equal("GP7007", e.Diagnostics[0].Code);
        Assert.EndsWith("cuda:0, FORWARD s0 mb 1 [1,2)", e.Diagnostics[0].Location);
        Assert.Equal(3, executor.Forward(new MiniBatch(3, [new("x", TensorData.Longs([3], 1, 5, 2))])).Outputs["y"].Count);
    }

    private static void Same(IReadOnlyDictionary<string, TensorData> expected, IReadOnlyDictionary<string, TensorData> own) =>
        Assert.Equal(expected.Select(o => (o.Key, o.Value.Hash)), own.Select(o => (o.Key, o.Value.Hash)));

    // y0 = -x, y1 = -y0, …
    private static PipelineExecutor Open(IDeviceProvider provider, DeviceName device, int microBatches, int outputs, int width)
    {
        var b = new ProgramBuilder(new StageId(0), "s");
        var last = b.Buffer("x", $"[N,{width}]", BufferLife.ForwardEdge);
        b.Feeds.Add(new FeedDecl(FeedKind.Input, "x", last));
        for (int i = 0; i < outputs; i++)
        {
            var y = b.Buffer($"y{i}", $"[N,{width}]", BufferLife.ForwardEdge);
            b.Call(FunctionKind.Forward, "Neg", [last], [y]);
            b.Outputs.Add(new OutputDecl($"y{i}", y));
            last = y;
        }

        return Open(b.Build(), provider, device, microBatches, []);
    }

    private static PipelineExecutor Open(StageProgram program, IDeviceProvider provider, DeviceName device, int microBatches, Dictionary<string, TensorData> weights)
    {
        var forwards = Enumerable.Range(0, microBatches).Select(m => new Work(ActionKind.Forward, 0, m)).ToList();
        var plan = TestPlans.Lower([forwards], [], microBatches, [1]) with { Mesh = new DeviceMesh([device]) };
        return new PipelineExecutor(plan, [program], weights, [provider]);
    }
}
