using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>Runs one call that works in place, in a step of one's choice.</summary>
internal static class InPlaceOnDevice
{
    /// <returns>All operands as they are afterwards.</returns>
    public static TensorData[] Run(IDeviceProvider provider, DeviceName name, string kernel, TensorData[] operands, Attributes attributes, FunctionRun run)
    {
        var b = new ProgramBuilder(new StageId(0), "s");
        BufferId[] buffers = [.. operands.Select((o, i) => b.Buffer($"in{i}", $"[{string.Join(',', o.Shape)}]", BufferLife.Persistent, o.Type))];
        b.Call(FunctionKind.Update, kernel, buffers, [buffers[0]], attributes);
        var program = b.Build();
        var plan = TestPlans.Lower([[new Work(ActionKind.Forward, 0, 0)]], [], 1, [1]) with { Mesh = new DeviceMesh([name]) };
        var memory = MemoryPlan.Compute(plan, [program], provider.ThreadsPerDevice(1));
        using var device = provider.Open(name, 1);
        device.Enter();
        nint[] bases = new nint[Enum.GetValues<BufferLife>().Length];
        bases[(int)BufferLife.Persistent] = device.Allocate(memory.Devices[0].Persistent);
        nint[] places = [.. buffers.Select(i => bases[(int)BufferLife.Persistent] + (nint)memory[program.Id].PlaceOf(i).Offset)];
        for (int i = 0; i < operands.Length; i++)
            device.Write(operands[i].Bytes.Span, places[i], StridedCopy.Whole(operands[i].Bytes.Length));
        var diagnostics = new DiagnosticBag();
        var function = device.Bind(new FunctionBinding(program, program.Functions[0], memory[program.Id], 1), diagnostics);
        diagnostics.ThrowIfErrors();
        function.Run(bases, run);
        return [.. operands.Select((o, i) => Read(device, places[i], o))];
    }

    private static TensorData Read(IDevice device, nint place, TensorData like)
    {
        byte[] bytes = new byte[like.Bytes.Length];
        device.Read(place, bytes, StridedCopy.Whole(bytes.Length));
        return new TensorData(like.Type, like.Shape, bytes);
    }
}
