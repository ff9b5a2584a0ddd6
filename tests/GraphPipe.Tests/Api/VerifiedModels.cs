using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Core;
using GraphPipe.Models;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using GraphPipe.Tests.Bundle;

namespace GraphPipe.Tests.Api;

/// <summary>Small models, verified as pipelines: against one stage bit by bit, and against the same model without micro-batches.</summary>
internal static class VerifiedModels
{
    public static ModelBuilder Builder() => new("m", seed: 1);

    /// <summary>Verifies a model that the builder holds.</summary>
    public static VerificationResult Verify(ModelBuilder builder, CompileOptions options)
    {
        using var folder = new TemporaryFolder();
        string path = Save(builder, folder["m.onnx"]);
        return new PipelineVerifier(new DeviceOptions()).Verify(path, options, bundle =>
            [.. new SyntheticSource(InputSpec.Of(bundle.Stages.Select(s => s.Program)), bundle.Manifest.MiniBatch, 2, seed: 5, SyntheticLimits.Of(bundle, ModelHints.None)).Epoch(0)]);
    }

    public static string Save(ModelBuilder builder, string path)
    {
        AtomicFile.Write(path, OnnxExport.Write(builder.Build()));
        return path;
    }

    public static CompileOptions Options(int stages, long microBatches, LossKind loss = LossKind.Mse) => new()
    {
        Loss = loss,
        Mesh = DeviceMesh.Cpu(stages),
        Stages = stages,
        MiniBatch = 8,
        MicroBatch = MicroBatchChoice.Of(microBatches),
        Optimizer = new("sgd", 0.1, 0.9, false, 0, 0, 0, 0),
    };

    /// <summary>(x·w)², of shape [N,4].</summary>
    public static ValueId Squares(ModelBuilder b, out ValueId weight)
    {
        var x = b.Input("x", DType.F32, 6);
        weight = b.Parameter("w", [6, 4], InitialWeights.ForInputs(6));
        var y = b.MatMul(x, weight);
        return b.Mul(y, y);
    }
}
