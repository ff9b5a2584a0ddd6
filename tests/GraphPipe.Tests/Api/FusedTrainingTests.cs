using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Models;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using GraphPipe.Tests.Runtime;
using Xunit;

namespace GraphPipe.Tests.Api;

/// <summary>Whole training steps with fused calls have the bits, and the memory, of the same calls one by one.</summary>
public class FusedTrainingTests
{
    [Theory]
    [InlineData("gpt-small")]
    [InlineData("resnet-small")]
    [InlineData("vlm-small")]
    [InlineData("candle-uno-small")]
    public void Models_train_to_the_same_bits(string name)
    {
        var built = ModelCatalog.Build(name);
        var bundle = ModelCompiler.Compile(built.ToOnnx(), new CompileOptions
        {
            Loss = built.Loss,
            Mesh = DeviceMesh.Cpu(2),
            Stages = 2,
            MiniBatch = 8,
            MicroBatch = MicroBatchChoice.Of(2),
            Optimizer = new OptimizerSettings("adam", 0.001, 0, false, 0, 0.9, 0.999, 1e-8),
        }).Bundle;
        var alone = ElementwisePrograms.OneByOne(bundle);
        Assert.NotEmpty(GroupsOf(bundle));
        Assert.Empty(GroupsOf(alone));
        var (expected, actual) = (Train(alone, built.Ranges), Train(bundle, built.Ranges));
        Assert.Equal(expected.Loss, actual.Loss);
        Assert.All(expected.Weights, w => Assert.True(w.Value.Bytes.Span.SequenceEqual(actual.Weights[w.Key].Bytes.Span), w.Key));
    }

    private static IEnumerable<FusedCalls> GroupsOf(StageBundle bundle) =>
        bundle.Stages.SelectMany(s => s.Program.Functions.SelectMany(f => FusedCalls.Of(s.Program, f)));

    private static (double Loss, IReadOnlyDictionary<string, TensorData> Weights) Train(StageBundle bundle, IReadOnlyDictionary<string, long> ranges)
    {
        using var session = new TrainingSession(bundle, new DeviceOptions { ThreadsPerDevice = 2 });
        double loss = 0;
        foreach (var batch in new SyntheticSource(session.Executor.Inputs, bundle.Manifest.MiniBatch, 3, 4, ranges).Epoch(0))
            loss += session.Step(batch).Loss;
        return (loss, session.Weights());
    }
}
