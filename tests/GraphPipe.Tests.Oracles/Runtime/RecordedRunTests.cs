using GraphPipe.Compiler;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Oracles.Runtime;

/// <summary>The recorded PyTorch runs, as a pipeline of four stages and four micro-batches, and bit by bit against one stage.</summary>
public sealed class RecordedRunTests
{
    [Theory]
    [MemberData(nameof(RecordedModel.All), MemberType = typeof(RecordedModel))]
    public void A_pipeline_trains_as_PyTorch_does(string name)
    {
        var model = RecordedModel.Open(name);
        var result = new PipelineVerifier(new DeviceOptions { ThreadsPerDevice = 1 }).VerifyReference(model.Reference.ModelPath, model.Options(4), model.Reference);
        Assert.True(result.BitEqual, $"the pipeline and one stage differ in {result.Difference}");
        Assert.Equal(4, result.Stages);
        Assert.Contains(result.Checks, c => c.Name.StartsWith("grad.", StringComparison.Ordinal));
        Assert.Equal("", string.Join('\n', result.Checks.Where(c => !c.Passed)));
    }

    [Theory]
    [MemberData(nameof(RecordedModel.All), MemberType = typeof(RecordedModel))]
    public void So_does_every_partition(string name)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("GRAPHPIPE_LONG") == "1", "GRAPHPIPE_LONG=1 runs the long sweeps too");
        var model = RecordedModel.Open(name);
        foreach (int stages in (int[])[1, 2, 4])
        {
            foreach (int microBatches in (int[])[1, 2, 4, 8])
            {
                foreach (string schedule in (string[])["gpipe", "1f1b"])
                {
                    string run = $"{stages} stages, {microBatches} micro-batches, {schedule}";
                    var options = model.Options(stages) with { MicroBatch = MicroBatchChoice.Of(microBatches), Schedule = schedule };
                    var result = new PipelineVerifier(new DeviceOptions { ThreadsPerDevice = 1 }).VerifyReference(model.Reference.ModelPath, options, model.Reference);
                    Assert.True(result.BitEqual, $"{run}: the pipeline and one stage differ in {result.Difference}");
                    Assert.Equal(stages, result.Stages);
                    Assert.Equal("", string.Join('\n', result.Checks.Where(c => !c.Passed).Select(c => $"{run}: {c}")));
                }
            }
        }
    }

    [Theory]
    [InlineData("gpt_tied_tiny", 1)]
    [InlineData("gpt_tied_tiny", 2)]
    [InlineData("gpt_tied_tiny", 4)]
    [InlineData("dlrm_small", 2)]
    [InlineData("dlrm_small", 4)]
    [InlineData("mmt_small", 4)]
    [InlineData("bert_tiny", 2)]
    [InlineData("resnet_gn_small", 4)]
    public void A_pipeline_that_recomputes_has_the_bits_of_one_stage_that_does_not(string name, int stages)
    {
        var model = RecordedModel.Open($"torch-reference/{name}");
        // A partition in which every stage has something to recompute.
        var keeping = model.Options(stages) with { Partitioner = "graphpipe" };
        var options = keeping with { Recompute = RecomputeChoice.All };
        var result = new PipelineVerifier(new DeviceOptions { ThreadsPerDevice = 1 }).VerifyReference(model.Reference.ModelPath, options, model.Reference);
        Assert.True(result.BitEqual, $"the pipeline and one stage differ in {result.Difference}");
        Assert.Equal("", string.Join('\n', result.Checks.Where(c => !c.Passed)));
        var kept = ModelCompiler.Compile(model.Model, keeping).Memory;
        var again = ModelCompiler.Compile(model.Model, options).Memory;
        Assert.All(again.Devices.Zip(kept.Devices), d => Assert.True(d.First.Slots <= d.Second.Slots, $"{d.First} {d.Second}"));
        Assert.True(again.Devices.Sum(d => d.Slots.Value) < kept.Devices.Sum(d => d.Slots.Value));
    }

    [Theory]
    [InlineData("gpt_tied_tiny", 1, true)]
    [InlineData("gpt_tied_tiny", 2, false)]
    [InlineData("dlrm_small", 2, true)]
    [InlineData("mmt_small", 4, false)]
    [InlineData("bert_tiny", 2, true)]
    [InlineData("candle_uno_small", 4, true)]
    [InlineData("resnet_gn_small", 2, false)]
    public void Stages_on_two_devices_train_as_PyTorch_does(string name, int stages, bool shardOptimizer)
    {
        var model = RecordedModel.Open($"torch-reference/{name}");
        // A plan is for one optimizer: its state is part of the memory.
        foreach (var run in model.Reference.Runs)
        {
            var result = new PipelineVerifier(new DeviceOptions { ThreadsPerDevice = 1 })
                .VerifyReference(model.Reference.ModelPath, model.Replicated(stages, 2, run.Settings, shardOptimizer), model.Reference with { Runs = [run] });
            Assert.False(result.IsBitEqualityPromised);
            Assert.Equal(stages, result.Stages);
            Assert.Contains(result.Checks, c => c.Name.StartsWith($"final.{run.Name}.", StringComparison.Ordinal));
            Assert.Equal("", string.Join('\n', result.Checks.Where(c => !c.Passed)));
        }
    }
}
