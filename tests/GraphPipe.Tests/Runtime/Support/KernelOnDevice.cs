using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;

namespace GraphPipe.Tests.Runtime;

/// <summary>Runs one kernel call on a device, as the only call of a stage.</summary>
internal static class KernelOnDevice
{
    /// <summary>A call with one result, on a CPU device.</summary>
    /// <param name="kernel">The op.</param>
    /// <param name="inputs">Operands; null for one that is left out.</param>
    /// <param name="output">Type and shape of the result, e.g. <c>f32[2,3]</c>.</param>
    /// <param name="attributes">Of the call.</param>
    /// <param name="threads">Of the device.</param>
    public static TensorData Of(string kernel, TensorData?[] inputs, string output, Attributes? attributes = null, int threads = 1) =>
        Run(new CpuDeviceProvider(threads), new DeviceName("cpu", 0), kernel, inputs, [output], attributes)[0];

    /// <summary>A call with any results, on any device.</summary>
    public static TensorData[] Run(IDeviceProvider provider, DeviceName device, string kernel, TensorData?[] inputs, string[] outputs, Attributes? attributes = null)
    {
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

        var results = new List<BufferId>();
        for (int i = 0; i < outputs.Length; i++)
        {
            int bracket = outputs[i].IndexOf('[');
            if (!DTypes.TryParse(outputs[i].AsSpan(0, bracket), out var type))
                throw new ArgumentException($"'{outputs[i]}' has no type", nameof(outputs));
            results.Add(b.Buffer($"out{i}", outputs[i][bracket..], BufferLife.ForwardEdge, type));
            b.Outputs.Add(new OutputDecl($"out{i}", results[^1]));
        }

        b.Call(FunctionKind.Forward, kernel, [.. operands], [.. results], attributes);
        var plan = TestPlans.Lower([[new Work(ActionKind.Forward, 0, 0)]], [], 1, [1]) with { Mesh = new DeviceMesh([device]) };
        using var executor = new PipelineExecutor(plan, [b.Build()], weights, [provider]);
        var values = executor.Forward(new MiniBatch(1, [])).Outputs;
        return [.. outputs.Select((_, i) => values[$"out{i}"])];
    }
}
