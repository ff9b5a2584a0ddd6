using GraphPipe.Runtime.Ort;
using Xunit;

namespace GraphPipe.Tests.Oracles.Runtime;

/// <summary>The stages' forward.onnx, chained along the channels, compute what the original file computes; and so do our kernels.</summary>
public sealed class StageModelTests
{
    [Theory]
    [MemberData(nameof(RecordedModel.AllAtOneAndFourStages), MemberType = typeof(RecordedModel))]
    public void The_chained_stages_give_the_outputs_of_the_model(string name, int stages)
    {
        var model = RecordedModel.Open(name);
        var bundle = model.Compile(stages);
        Assert.Equal(stages, bundle.Stages.Length);
        using var ort = new OrtPipeline(bundle, threadsPerDevice: 1);
        using var native = new TrainingSession(bundle, new DeviceOptions { ThreadsPerDevice = 1 });
        Assert.Empty(native.Executor.Notes);
        // Three samples: a mini-batch with a whole micro-batch and half a one.
        foreach (long samples in new[] { model.Reference.Batch, 3 })
        {
            var expected = model.Expected(model.File, samples);
            var batch = model.Batch(samples);
            foreach (var (engine, result) in new[] { ("ort", ort.Run(batch)), ("native", native.Run(batch)) })
            {
                Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), result.Outputs.Keys);
                foreach (var (output, value) in result.Outputs)
                {
                    Assert.Equal(expected[output].Shape, value.Shape);
                    double error = Comparison.RelativeError(value, expected[output]);
                    Assert.True(error <= Comparison.OutputTolerance, $"{engine}, {samples} samples: '{output}' is off by {error:g3}");
                }
            }
        }
    }
}
