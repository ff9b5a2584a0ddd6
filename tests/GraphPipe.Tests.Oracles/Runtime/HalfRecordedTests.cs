using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Onnx;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Ort;
using Xunit;

namespace GraphPipe.Tests.Oracles.Runtime;

/// <summary>Recorded models rounded to halves: as pipelines, and their stages on ONNX Runtime.</summary>
public sealed class HalfRecordedTests
{
    public static TheoryData<string, DType> All()
    {
        // One type or the other; the models of PyTorch's names in both.
        var all = new TheoryData<string, DType>();
        int i = 0;
        foreach (string name in RecordedModel.All.Select(r => r.Data))
        {
            bool both = name.StartsWith("torch-reference", StringComparison.Ordinal);
            if (both || i % 2 == 0)
                all.Add(name, DType.F16);
            if (both || i % 2 == 1)
                all.Add(name, DType.BF16);
            i++;
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_pipeline_has_the_bits_of_one_stage_and_the_gradients_of_no_micro_batches(string name, DType half)
    {
        var (recorded, model) = Open(name, half);
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.onnx");
        File.WriteAllBytes(path, model);
        try
        {
            var result = new PipelineVerifier(new DeviceOptions { Fallback = null }).Verify(path, recorded.Options(4), [Batch(recorded, half, recorded.Reference.Batch)]);
            Assert.Equal(4, result.Stages);
            Assert.True(result.BitEqual, result.Difference);
            Assert.All(result.Checks, c => Assert.True(c.Passed, $"{c.Name}: {c.RelativeError} of {c.Tolerance}"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void The_chained_stages_give_what_our_kernels_give(string name, DType half)
    {
        var (recorded, model) = Open(name, half);
        var bundle = ModelCompiler.Compile(OnnxModel.Parse(model), recorded.Options(4)).Bundle;
        using var ort = new OrtPipeline(bundle, threadsPerDevice: 1);
        using var native = new TrainingSession(bundle, new DeviceOptions { ThreadsPerDevice = 1 });
        var batch = Batch(recorded, half, 3);
        var (expected, actual) = (ort.Run(batch).Outputs, native.Run(batch).Outputs);
        foreach (var (output, value) in expected)
        {
            double error = Comparison.RelativeError(actual[output], value);
            Assert.True(error <= Comparison.ToleranceOf(bundle, Comparison.OutputTolerance), $"'{output}' is off by {error:g3}");
        }
    }

    private static (RecordedModel Recorded, byte[] Model) Open(string name, DType half)
    {
        var recorded = RecordedModel.Open(name);
        return (recorded, OnnxExport.Write(HalfModels.Of(recorded.Model.ToModule(), half)));
    }

    // Targets stay what they are: the loss is f32.
    private static MiniBatch Batch(RecordedModel recorded, DType half, long samples)
    {
        var batch = recorded.Batch(samples);
        return new MiniBatch(samples, batch.Names.Select(n => KeyValuePair.Create(n, n == recorded.Reference.Target ? batch[n] : HalfModels.Rounded(batch[n], half))));
    }
}
