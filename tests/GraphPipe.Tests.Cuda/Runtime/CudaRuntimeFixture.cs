using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Tests.Cuda.Native;
using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>CUDA devices on the mock driver. One provider serves all tests, so that a kernel is compiled once.</summary>
public sealed class CudaRuntimeFixture
{
    private readonly Lazy<CudaDeviceProvider> _provider = new(() => new CudaDeviceProvider(MockLibrary.Path, useCublas: false));
    private readonly Lazy<CudaDeviceProvider> _cublas = new(() => new CudaDeviceProvider(MockLibrary.Path));

    /// <summary>On a fresh driver of four GPUs; products on our own kernel.</summary>
    public CudaDeviceProvider Provider
    {
        get
        {
            MockLibrary.Configure("");
            return _provider.Value;
        }
    }

    /// <summary>As <see cref="Provider"/>, with products on the mock's cuBLAS.</summary>
    public CudaDeviceProvider Cublas
    {
        get
        {
            MockLibrary.Configure("");
            return _cublas.Value;
        }
    }

    /// <summary>Runs one call as the only one of a stage.</summary>
    /// <param name="kernel">The op.</param>
    /// <param name="inputs">Operands; null for one that is left out.</param>
    /// <param name="outputs">Types and shapes of the results, e.g. <c>f32[2,3]</c>.</param>
    /// <param name="attributes">Of the call.</param>
    /// <param name="useCublas">Whether products run on cuBLAS.</param>
    /// <returns>What CUDA and what the CPU computes.</returns>
    public (TensorData[] Cuda, TensorData[] Cpu) Run(string kernel, TensorData?[] inputs, string[] outputs, Attributes? attributes = null, bool useCublas = false) => (
        Run(useCublas ? Cublas : Provider, new DeviceName("cuda", 0), kernel, inputs, outputs, attributes),
        Run(new CpuDeviceProvider(1), new DeviceName("cpu", 0), kernel, inputs, outputs, attributes));

    /// <summary>On one device.</summary>
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
            Assert.True(DTypes.TryParse(outputs[i].AsSpan(0, bracket), out var type));
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
