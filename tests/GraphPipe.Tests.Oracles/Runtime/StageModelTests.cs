using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Planning;
using GraphPipe.Runtime;
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

    /// <summary>Stages with micro-batches of different sizes split and join what travels between them.</summary>
    [Theory]
    [InlineData("torch-reference/mmt_small")]
    [InlineData("random-models/rm_07")]
    public void Uneven_micro_batches_are_joined(string name)
    {
        var model = RecordedModel.Open(name);
        var options = model.Options(4) with { Loss = LossKind.None };
        var compiler = new ModelCompiler(model.Model, options);
        var costs = compiler.ToCosts(compiler.ToGraph());
        var plan = compiler.ToPlan(costs);
        long[] sizes = [4, 2, 1, 8];
        var at = costs.Graph.Nodes.Select((n, i) => (n.Id, i)).ToDictionary(n => n.Id, n => new CostNodeId(n.i));
        var choices = plan.Stages.Select((s, i) => new StageChoice([.. s.Nodes.Select(n => at[n])], [new DeviceId(i)], sizes[i]));
        var uneven = Objective.Evaluate(compiler.ToRequest(costs), [.. choices], plan.Pipeline, plan.Partitioner, ScheduleTable.Find(plan.Schedule, new DiagnosticBag())!);
        using var ort = new OrtPipeline(ModelCompiler.Compile(model.Model, options with { Plan = uneven }).Bundle, threadsPerDevice: 1);
        foreach (long samples in new[] { model.Reference.Batch, 3 })
        {
            var expected = model.Expected(model.File, samples);
            foreach (var (output, value) in ort.Run(model.Batch(samples)).Outputs)
                Assert.True(Comparison.RelativeError(value, expected[output]) <= Comparison.OutputTolerance, $"{samples} samples: '{output}'");
        }
    }

    [Theory]
    [InlineData("torch-reference/mmt_small", 4)]
    [InlineData("torch-reference/gpt_tied_tiny", 2)]
    public void Replicas_are_joined(string name, int stages)
    {
        var model = RecordedModel.Open(name);
        var bundle = ModelCompiler.Compile(model.Model, model.Replicated(stages, 2, model.Reference.Runs[0].Settings)).Bundle;
        using var ort = new OrtPipeline(bundle, threadsPerDevice: 1);
        foreach (long samples in new[] { model.Reference.Batch, 3, 1 })
        {
            var expected = model.Expected(model.File, samples);
            foreach (var (output, value) in ort.Run(model.Batch(samples)).Outputs)
                Assert.True(Comparison.RelativeError(value, expected[output]) <= Comparison.OutputTolerance, $"{samples} samples: '{output}'");
        }
    }

    [Fact]
    public void What_the_data_lacks_and_a_part_of_a_bundle_are_refused()
    {
        var model = RecordedModel.Open("torch-reference/dlrm_small");
        var bundle = model.Compile(2);
        using var ort = new OrtPipeline(bundle, threadsPerDevice: 1);
        var missing = Assert.Throws<DiagnosticException>(() => ort.Run(new MiniBatch(2, [])));
        Assert.All(missing.Diagnostics, d => Assert.Equal(Codes.DataMissing, d.Code));
        Assert.Equal(model.Reference.Inputs.Length, missing.Diagnostics.Count);
        var part = Assert.Throws<DiagnosticException>(() => new OrtPipeline(bundle.For(new DeviceId(1))));
        Assert.Equal(Codes.BundleContent, Assert.Single(part.Diagnostics).Code);
    }

    [Fact]
    public void A_failure_in_a_stage_ends_the_run_and_a_cancelled_run_says_so()
    {
        var model = RecordedModel.Open("torch-reference/dlrm_small");
        using var ort = new OrtPipeline(model.Compile(4), threadsPerDevice: 1);
        var inputs = model.Inputs(8);
        string index = inputs.First(i => i.Value.Type == DType.I64).Key;
        inputs[index] = TensorData.Of<long>(DType.I64, inputs[index].Shape, [.. Enumerable.Repeat(1L << 40, (int)inputs[index].Count)]);
        var error = Assert.Throws<DiagnosticException>(() => ort.Run(new MiniBatch(8, inputs)));
        Assert.Equal(Codes.KernelFailed, Assert.Single(error.Diagnostics).Code);
        Assert.Contains("FORWARD", error.Diagnostics[0].Location, StringComparison.Ordinal);
        // The next run is not touched by it.
        Assert.NotEmpty(ort.Run(model.Batch(8)).Outputs);
        var cancelled = Assert.Throws<DiagnosticException>(() => ort.Run(model.Batch(8), new CancellationToken(canceled: true)));
        Assert.Equal(Codes.Interrupted, Assert.Single(cancelled.Diagnostics).Code);
    }
}
