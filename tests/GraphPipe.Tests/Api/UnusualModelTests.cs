using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Models;
using GraphPipe.Onnx;
using GraphPipe.Tests.Bundle;
using Xunit;

namespace GraphPipe.Tests.Api;

/// <summary>Models whose outputs, parameters and messages are not the usual ones.</summary>
public class UnusualModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Outputs_that_are_inputs_or_parameters_come_out(int stages)
    {
        var b = VerifiedModels.Builder();
        var x = b.Input("x", DType.F32, 6);
        var z = b.Input("z", DType.F32, 4);
        var w = b.Parameter("w", [6, 4], InitialWeights.ForInputs(6));
        b.Output("y", b.Add(b.Relu(b.MatMul(x, w)), z));
        b.Output("z", z);
        b.Output("w", w);
        using var folder = new TemporaryFolder();
        string path = VerifiedModels.Save(b, folder["m.onnx"]);
        using var session = TrainingSession.Compile(path, VerifiedModels.Options(stages, 2));
        var inputs = new TensorSet([KeyValuePair.Create("x", TensorData.Floats([3, 6], [.. Enumerable.Range(0, 18).Select(i => i * 0.1f)])), KeyValuePair.Create("z", TensorData.Floats([3, 4], [.. Enumerable.Range(0, 12).Select(i => (float)i)]))]);
        var (outputs, _) = InferenceRun.Run(session, inputs);
        Assert.Equal(["y", "z", "w"], session.Bundle.Manifest.Outputs.Select(o => o.Name));
        Assert.Equal(inputs["z"].Hash, outputs["z"].Hash);
        Assert.Equal(session.Executor.GetParameter("w").Hash, outputs["w"].Hash);
        Assert.True(VerifiedModels.Verify(b, VerifiedModels.Options(stages, 2)).Passed);
    }

    [Fact]
    public void Logits_between_all_samples_train_on_whole_mini_batches()
    {
        var b = VerifiedModels.Builder();
        var y = b.MatMul(b.Input("x", DType.F32, 6), b.Parameter("w", [6, 4], InitialWeights.ForInputs(6)));
        b.Output("logits", b.MatMul(y, b.Transpose(y, 1, 0)));
        Assert.True(VerifiedModels.Verify(b, VerifiedModels.Options(1, 1)).Passed);
        Assert.Contains(Assert.Throws<DiagnosticException>(() => VerifiedModels.Verify(b, VerifiedModels.Options(1, 2))).Diagnostics, d => d.Code == Codes.SamplesMixed);
    }

    [Fact]
    public void A_gradient_without_samples_needs_equal_micro_batches()
    {
        using var folder = new TemporaryFolder();
        string path = VerifiedModels.Save(TiedTranspose(), folder["m.onnx"]);
        var equal = VerifiedModels.Options(2, 2) with { Stages = null, Partitioner = "manual", Cuts = ["/Relu"] };
        Assert.True(VerifiedModels.Verify(TiedTranspose(), equal).Passed);
        foreach (var unequal in new[] { Unequal(TiedTranspose(), equal), VerifiedModels.Replicated(TiedTranspose(), equal, 1, 2) })
        {
            var refused = Assert.Throws<DiagnosticException>(() => ModelCompiler.Compile(OnnxModel.Load(path), unequal));
            Assert.Equal(Codes.MicroBatchUneven, refused.Diagnostics[0].Code);
        }

        var replicas = VerifiedModels.Verify(TiedTranspose(), VerifiedModels.Replicated(TiedTranspose(), equal, 2, 2));
        Assert.InRange(replicas.Checks[0].RelativeError, 0, 1e-6);
    }

    [Fact]
    public void Unequal_micro_batches_are_compared_by_their_gradients()
    {
        var b = VerifiedModels.Builder();
        b.Output("y", b.Linear("b", b.Relu(b.Linear("a", b.Input("x", DType.F32, 6), 5)), 4));
        var result = VerifiedModels.Verify(b, Unequal(b, VerifiedModels.Options(2, 2)));
        Assert.False(result.IsBitEqualityPromised);
        Assert.True(result.Passed, $"{result.Checks[0].RelativeError}");
        Assert.InRange(result.Checks[0].RelativeError, 0, 1e-6);
    }

    // The same stages, the first with half the micro-batch of the second.
    private static CompileOptions Unequal(ModelBuilder builder, CompileOptions equal) => equal with
    {
        Partitioner = "graphpipe",
        Cuts = [],
        Plan = VerifiedModels.Replan(builder, equal, (i, s) => s with { MicroBatch = s.MicroBatch / (i == 0 ? 2 : 1) }),
    };

    // The weight's transpose is made on the first stage and read on both.
    private static ModelBuilder TiedTranspose()
    {
        var b = VerifiedModels.Builder();
        var w = b.Transpose(b.Parameter("w", [6, 6], InitialWeights.ForInputs(6)), 1, 0);
        b.Output("y", b.MatMul(b.Relu(b.MatMul(b.Input("x", DType.F32, 6), w)), w));
        return b;
    }
}
