using System.Runtime.CompilerServices;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>
/// Recorded models, rounded to f16 and bf16, trained on mock GPUs: several devices have the bits of one, and the numbers are the CPU's but for roundings
/// that fall the other way, which are less than one unit of the half together.
/// </summary>
[Collection(nameof(OneDriver))]
public sealed class HalfModelTests(CudaRuntimeFixture cuda)
{
    [Theory]
    [InlineData("candle_uno_small", DType.BF16, "cuda:0,1")]
    [InlineData("gpt_tied_tiny", DType.F16, "cuda:0,1")]
    [InlineData("dlrm_small", DType.F16, "cuda:0x3")]
    public void Trains_as_on_the_cpu(string name, DType half, string devices)
    {
        string folder = Path.Combine(SourceFolder(), "../../../../shared/data/torch-reference", name);
        Assert.SkipUnless(Directory.Exists(folder), "no ../shared/data/torch-reference");
        _ = cuda.Provider;
        MockLibrary.Configure("");
        var reference = ReferenceFolder.Read(folder);
        var model = OnnxModel.Parse(OnnxExport.Write(HalfModels.Of(OnnxModel.Load(Path.Combine(folder, "model.onnx")).ToModule(), half)));
        var batch = new MiniBatch(
            reference.Batch,
            reference.Inputs.Select(i => KeyValuePair.Create(i, HalfModels.Rounded(reference.Tensors[$"input.{i}"], half))).Append(KeyValuePair.Create(reference.Target, reference.Tensors["target"])));
        var options = new CompileOptions
        {
            Loss = reference.Loss,
            LossOutput = reference.Output,
            Target = reference.Target,
            Freeze = [.. reference.Frozen],
            MiniBatch = reference.Batch,
            MicroBatch = MicroBatchChoice.Of(2),
            Mesh = DeviceMesh.Parse(devices),
            Optimizer = new OptimizerSettings("adamw", 0.01, 0, false, 0.01, 0.9, 0.999, 1e-8),
        };
        int stages = options.Mesh.Count;
        var pipeline = ModelCompiler.Compile(model, options with { Stages = stages });
        var one = ModelCompiler.Compile(model, options with { Stages = stages, OneStage = true, Plan = pipeline.Plan });
        var cpu = ModelCompiler.Compile(model, options with { Mesh = DeviceMesh.Cpu(1), Stages = 1 });
        using var many = Open(pipeline);
        using var single = Open(one);
        using var host = Open(cpu);
        double unit = half == DType.F16 ? 1.0 / 2048 : 1.0 / 256;
        var (own, other) = (many.Evaluate(batch), host.Evaluate(batch));
        Assert.All(other.Outputs, o => Near(o.Value, own.Outputs[o.Key], unit, o.Key));
        for (int step = 0; step < 2; step++)
            Assert.Equal(single.Step(batch).Loss, many.Step(batch).Loss);
        foreach (var (parameter, value) in single.Weights())
            Assert.True(value.SameAs(many.Executor.GetParameter(parameter)), parameter);
        host.Step(batch);
        using var again = Open(pipeline);
        again.Step(batch);
        foreach (var parameter in host.Executor.Parameters.Where(p => p.Role == ParameterRole.Trained))
            Near(host.Executor.GetGradient(parameter.Name), again.Executor.GetGradient(parameter.Name), 4 * unit, parameter.Name);
        Assert.Empty(MockLibrary.Reports());
    }

    private static TrainingSession Open(CompiledPipeline pipeline) =>
        new(pipeline.Bundle, new DeviceOptions { Cuda = new CudaDeviceProvider(MockLibrary.Path, MatrixProducts.OwnKernel), Fallback = null, StallTimeout = TimeSpan.FromMinutes(10) });

    private static void Near(TensorData expected, TensorData actual, double bound, string name)
    {
        double error = Comparison.RelativeError(actual, expected);
        Assert.True(error <= bound, $"{name}: {error} of {bound}");
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
