using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using Xunit;

namespace GraphPipe.Tests.Runtime;

/// <summary>Runs one kernel call on a CPU device, as the only call of a stage.</summary>
internal static class KernelOnDevice
{
    /// <param name="kernel">The op.</param>
    /// <param name="inputs">Operands; null for one that is left out.</param>
    /// <param name="output">Type and shape of the result, e.g. <c>f32[2,3]</c>.</param>
    /// <param name="attributes">Of the call.</param>
    /// <param name="threads">Of the device.</param>
    public static TensorData Of(string kernel, TensorData?[] inputs, string output, Attributes? attributes = null, int threads = 1)
    {
        int bracket = output.IndexOf('[');
        Assert.True(DTypes.TryParse(output.AsSpan(0, bracket), out var type));
        var b = new ProgramBuilder(new StageId(0), "s");
        var operands = new List<BufferId>();
        var weights = new Dictionary<string, TensorData>();
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i] is not { } value)
            {
                operands.Add(BufferId.None);
                continue;
            }

            operands.Add(b.Buffer($"in{i}", $"[{string.Join(',', value.Shape)}]", BufferLife.Persistent, value.Type));
            b.Parameters.Add(new ParameterDecl($"in{i}", operands[^1], ParameterRole.Constant, new StageId(0), BufferId.None, []));
            weights.Add($"in{i}", value);
        }

        var result = b.Buffer("out", output[bracket..], BufferLife.ForwardEdge, type);
        b.Call(FunctionKind.Forward, kernel, [.. operands], [result], attributes);
        b.Outputs.Add(new OutputDecl("out", result));
        var plan = TestPlans.Lower([[new Work(ActionKind.Forward, 0, 0)]], [], 1, [1]);
        using var executor = new PipelineExecutor(plan, [b.Build()], weights, [new CpuDeviceProvider(threads)]);
        return executor.Forward(new MiniBatch(1, [])).Outputs["out"];
    }
}
