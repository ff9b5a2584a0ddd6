using GraphPipe.Bundle;
using GraphPipe.Runtime;
using Xunit;

namespace GraphPipe.Tests.Runtime;

public class PipelineTrainingTests
{
    private static readonly int[] DiamondStages = [0, 1, 2, 3, 3];

    [Theory]
    [InlineData(false, 0f)]
    [InlineData(true, 0.9f)]
    public void Two_stages_train_like_the_maths(bool oneForwardOneBackward, float momentum) =>
        CompareWithReference(new DensePipeline(DenseModel.Chain(momentum), [0, 1]) { OneForwardOneBackward = oneForwardOneBackward });

    [Fact]
    public void A_diamond_trains_like_the_maths() => CompareWithReference(new DensePipeline(DenseModel.Diamond(0.9f), DiamondStages) { OneForwardOneBackward = true });

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_pipeline_has_the_bits_of_one_stage(bool oneForwardOneBackward, bool split)
    {
        var model = DenseModel.Diamond(0.9f);
        using var one = DensePipeline.OneStage(model).Open();
        using var many = new DensePipeline(model, DiamondStages) { OneForwardOneBackward = oneForwardOneBackward, Split = split }.Open();
        SameBits(model, one, many, [8, 8, 5, 8, 3, 1]);
    }

    [Fact]
    public void Stages_that_share_a_device_have_the_bits_of_one_stage()
    {
        var model = DenseModel.Diamond();
        using var one = DensePipeline.OneStage(model).Open();
        using var two = new DensePipeline(model, DiamondStages) { Devices = [[0, 3], [1, 2]] }.Open();
        SameBits(model, one, two, [8, 7, 8]);
    }

    [Fact]
    public void The_number_of_threads_does_not_change_bits()
    {
        var model = new DenseModel([new([-1], 300), new([0], 300), new([1], 200)]);
        using var one = new DensePipeline(model, [0, 0, 0]) { MiniBatch = 128, MicroBatch = [64] }.Open();
        using var three = new DensePipeline(model, [0, 0, 0]) { MiniBatch = 128, MicroBatch = [64], Threads = 3 }.Open();
        SameBits(model, one, three, [128, 100, 128]);
    }

    [Fact]
    public void A_channel_of_depth_one_suffices_for_a_chain()
    {
        var model = DenseModel.Chain();
        using var one = DensePipeline.OneStage(model).Open();
        using var two = new DensePipeline(model, [0, 1]) { OneForwardOneBackward = true, Depth = 1 }.Open();
        SameBits(model, one, two, [8, 8]);
    }

    [Theory]
    [InlineData(4, 2)]
    [InlineData(2, 4)]
    [InlineData(8, 2)]
    public void Stages_of_unequal_micro_batches_agree_with_the_maths(long first, long second) =>
        CompareWithReference(new DensePipeline(DenseModel.Chain(), [0, 1]) { MicroBatch = [first, second] });

    [Fact]
    public void Forward_gives_outputs_and_evaluate_the_loss_of_the_whole_mini_batch()
    {
        var model = DenseModel.Diamond();
        var weights = model.Weights();
        using var executor = new DensePipeline(model, DiamondStages) { OneForwardOneBackward = true }.Open(weights);
        var reference = new DenseReference(model, weights);
        foreach (long samples in new long[] { 8, 3, 8 })
        {
            var batch = model.Batch(samples, seed: samples);
            double loss = reference.Gradient(batch);
            var forward = executor.Forward(new MiniBatch(samples, [new("x", batch["x"])]));
            Assert.Null(forward.Loss);
            Assert.Equal([samples, 2], forward.Outputs["y"].Shape.ToArray());
            Close(reference.Output, forward.Outputs["y"]);
            var evaluation = executor.Evaluate(batch);
            Assert.Equal(loss, evaluation.Loss!.Value, 1e-6);
            Assert.Equal(forward.Outputs["y"].Hash, evaluation.Outputs["y"].Hash);
        }

        // Nothing has been trained.
        Assert.Equal(weights["w0"].Hash, executor.GetParameter("w0").Hash);
    }

    [Fact]
    public void Parameters_and_states_written_by_name_make_training_go_on_where_it_was()
    {
        var model = DenseModel.Diamond(0.9f);
        using var first = DensePipeline.OneStage(model).Open();
        using var second = new DensePipeline(model, DiamondStages).Open(model.Weights(seed: 77));
        first.Step(model.Batch(8));
        foreach (var parameter in first.Parameters)
        {
            second.SetParameter(parameter.Name, first.GetParameter(parameter.Name));
            foreach (string state in parameter.States)
                second.SetState(parameter.Name, state, first.GetState(parameter.Name, state));
        }

        second.StepCount = first.StepCount;
        SameBits(model, first, second, [8, 8]);
        Assert.Equal(3, second.StepCount);
    }

    private static void CompareWithReference(DensePipeline pipeline)
    {
        var model = pipeline.Model;
        var weights = model.Weights();
        var reference = new DenseReference(model, weights);
        using var executor = pipeline.Open(weights);
        int step = 0;
        foreach (long samples in new long[] { 8, 8, 5, 8, 1 })
        {
            var batch = model.Batch(samples, seed: 10 * ++step);
            double expected = reference.Step(batch);
            var result = executor.Step(batch);
            Assert.Equal(step, result.Step);
            Assert.Equal(expected, result.Loss, 1e-5 * Math.Max(1, expected));
            foreach (string name in weights.Keys)
            {
                Close(reference.Gradients[name], executor.GetGradient(name));
                Close(reference.Weights[name], executor.GetParameter(name));
            }
        }
    }

    private static void SameBits(DenseModel model, PipelineExecutor one, PipelineExecutor many, long[] samples)
    {
        for (int i = 0; i < samples.Length; i++)
        {
            var batch = model.Batch(samples[i], seed: i);
            Assert.Equal(one.Step(batch).Loss, many.Step(batch).Loss);
            foreach (var parameter in one.Parameters)
            {
                Assert.Equal(one.GetGradient(parameter.Name).Hash, many.GetGradient(parameter.Name).Hash);
                Assert.Equal(one.GetParameter(parameter.Name).Hash, many.GetParameter(parameter.Name).Hash);
            }
        }
    }

    private static void Close(IReadOnlyList<double> expected, TensorData actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
            Assert.Equal(expected[i], actual.DoubleAt(i), 1e-5);
    }
}
