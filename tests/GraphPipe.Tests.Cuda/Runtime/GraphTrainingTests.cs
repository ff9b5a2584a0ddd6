using System.Runtime.CompilerServices;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>Training with CUDA graphs has the bits of training without, and fewer launches.</summary>
[Collection(nameof(OneDriver))]
public sealed class GraphTrainingTests(CudaRuntimeFixture cuda)
{
    public static TheoryData<string> Pipelines => QueuePipelines.Names;

    /// <summary>Whole mini-batches until all that repeats is a graph, a short one, and a whole one again. Two seeds; twenty with GRAPHPIPE_LONG=1.</summary>
    [Theory]
    [MemberData(nameof(Pipelines))]
    public void Pipelines_have_the_same_bits_and_no_race(string name)
    {
        var expected = QueuePipelines.Train(QueuePipelines.Of(name, Fresh("", usesGraphs: false)), 8, 8, 8, 3, 8);
        Assert.Equal(0, MockLibrary.Calls("GraphLaunch"));
        for (int seed = 0; seed < (Environment.GetEnvironmentVariable("GRAPHPIPE_LONG") == "1" ? 20 : 2); seed++)
        {
            Assert.Equal(expected, QueuePipelines.Train(QueuePipelines.Of(name, Fresh($"seed={seed}")), 8, 8, 8, 3, 8));
            Assert.Empty(MockLibrary.Reports());
            Assert.True(MockLibrary.Calls("GraphLaunch") > 0, "no graph");
            Assert.Equal(MockLibrary.Calls("GraphInstantiate"), MockLibrary.Calls("GraphExecDestroy"));
        }
    }

    /// <summary>With AdamW, whose numbers change from step to step, and products on cuBLAS.</summary>
    [Theory]
    [InlineData("gpt_tied_tiny")]
    [InlineData("candle_uno_small")]
    public void Recorded_models_have_the_same_bits_with_fewer_launches(string name)
    {
        var (launched, expected) = Train(name, usesGraphs: false);
        var (replayed, own) = Train(name, usesGraphs: true);
        Assert.Equal(expected, own);
        Assert.All(launched, s => Assert.Equal(launched[0], s));

        // The first step launches what it meets, and what it meets twice it captures; from the third on only updates and what is not worth it are launched.
        Assert.True(replayed[^1] < launched[^1] / 2, $"{replayed[^1]} launches of {launched[^1]}");
        Assert.Equal(replayed[^2], replayed[^1]);
    }

    /// <returns>Launches of kernels and graphs of each step, and the bits of losses and parameters.</returns>
    private (List<long> Launches, List<string> Bits) Train(string name, bool usesGraphs)
    {
        string folder = Path.Combine(SourceFolder(), "../../../../shared/data/torch-reference", name);
        Assert.SkipUnless(Directory.Exists(folder), "no ../shared/data/torch-reference");
        var reference = ReferenceFolder.Read(folder);
        var options = new CompileOptions
        {
            Mesh = DeviceMesh.Parse("cuda:0,1"),
            Stages = 2,
            MicroBatch = MicroBatchChoice.Of(2),
            Loss = reference.Loss,
            LossOutput = reference.Output,
            Target = reference.Target,
            MiniBatch = reference.Batch,
            Freeze = [.. reference.Frozen],
            Optimizer = new OptimizerSettings("adamw", LearningRate: 0.003, Momentum: 0, Nesterov: false, WeightDecay: 0.01, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8),
        };
        var provider = Fresh("", usesGraphs, useCublas: true);
        using var session = TrainingSession.Compile(
            Path.Combine(folder, "model.onnx"), options, new DeviceOptions { Cuda = provider, Fallback = null, StallTimeout = TimeSpan.FromMinutes(10) });
        var launches = new List<long>();
        var bits = new List<string>();
        foreach (var batch in new SyntheticSource(session.Executor.Inputs, reference.Batch, batches: 5).Epoch(0))
        {
            long before = Launches();
            bits.Add($"loss {BitConverter.DoubleToInt64Bits(session.Step(batch).Loss):x}");
            launches.Add(Launches() - before);
        }

        bits.AddRange(session.Executor.Parameters.Select(p => $"{p.Name} {session.Executor.GetParameter(p.Name).Hash}"));
        Assert.Equal(usesGraphs, MockLibrary.Calls("GraphLaunch") > 0);
        Assert.Empty(MockLibrary.Reports());
        return (launches, bits);
    }

    // Launches that only go into a graph do not run.
    private static long Launches() => MockLibrary.Calls("LaunchKernel") + MockLibrary.Calls("GraphLaunch");

    private CudaDeviceProvider Fresh(string configuration, bool usesGraphs = true, bool useCublas = false)
    {
        _ = cuda.Provider;
        MockLibrary.Configure(configuration);
        return new CudaDeviceProvider(MockLibrary.Path, useCublas ? MatrixProducts.Cublas : MatrixProducts.OwnKernel) { UsesGraphs = usesGraphs };
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
