using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Models;
using Xunit;

namespace GraphPipe.Tests.Api;

/// <summary>Losses that models compute themselves: those that can be taken per micro-batch are right, the others are refused.</summary>
public class OwnLossTests
{
    // Each gets the squares [N,4] and the weight [6,4].
    private static readonly Dictionary<string, Func<ModelBuilder, ValueId, ValueId, ValueId>> Losses = new(StringComparer.Ordinal)
    {
        ["mean"] = (b, s, w) => b.ReduceMean(s, 0, 1),
        ["sum"] = (b, s, w) => b.ReduceSum(s, 0, 1),
        ["mean in two steps"] = (b, s, w) => b.ReduceMean(b.ReduceMean(s, 0), 0),
        ["sum of a mean over features"] = (b, s, w) => b.ReduceSum(b.ReduceMean(s, 1), 0),
        ["scaled mean"] = (b, s, w) => b.Div(b.Mul(b.ReduceMean(s, 0, 1), b.Scalar(3)), b.Scalar(7)),
        ["mean and weight decay"] = (b, s, w) => b.Add(b.ReduceMean(s, 0, 1), b.Mul(b.ReduceSum(b.Mul(w, w), 0, 1), b.Scalar(0.1f))),
        ["sum and weight decay"] = (b, s, w) => b.Add(b.ReduceSum(s, 0, 1), b.ReduceSum(b.Mul(w, w), 0, 1)),
        ["mean and sum"] = (b, s, w) => b.Add(b.ReduceMean(s, 0, 1), b.ReduceSum(s, 0, 1)),
        ["masked mean"] = (b, s, w) => b.Div(b.ReduceSum(s, 0, 1), b.ReduceSum(b.Input("mask", DType.F32, 1), 0, 1)),
        ["product of means"] = (b, s, w) => b.Mul(b.ReduceMean(s, 0, 1), b.ReduceMean(b.Relu(s), 0, 1)),
        ["root of a mean"] = (b, s, w) => b.Emit("Sqrt", [b.ReduceMean(s, 0, 1)]),
    };

    [Theory]
    [InlineData("mean")]
    [InlineData("sum")]
    [InlineData("mean in two steps")]
    [InlineData("sum of a mean over features")]
    [InlineData("scaled mean")]
    [InlineData("mean and weight decay")]
    public void Linear_ones_do_not_depend_on_micro_batches(string loss)
    {
        foreach (int stages in (int[])[1, 2])
        {
            var result = VerifiedModels.Verify(Model(loss), VerifiedModels.Options(stages, 4, LossKind.Output));
            Assert.True(result.Passed, $"{loss}: {result.Difference}, {result.Checks[0].RelativeError}");
        }
    }

    [Theory]
    [InlineData("sum and weight decay")]
    [InlineData("mean and sum")]
    [InlineData("masked mean")]
    [InlineData("product of means")]
    [InlineData("root of a mean")]
    public void Others_need_whole_mini_batches(string loss)
    {
        var refused = Assert.Throws<DiagnosticException>(() => VerifiedModels.Verify(Model(loss), VerifiedModels.Options(1, 4, LossKind.Output)));
        Assert.Contains(refused.Diagnostics, d => d.Code is Codes.SamplesMixed or Codes.LossUnsuitable);
        Assert.True(VerifiedModels.Verify(Model(loss), VerifiedModels.Options(1, 1, LossKind.Output)).Passed);
    }

    [Fact]
    public void The_scale_lives_until_a_backward_on_another_stage_reads_it()
    {
        // The loss op's gradient is with the squares' stage: it is cut before the mean.
        var options = VerifiedModels.Options(2, 2, LossKind.Output) with { Stages = null, Partitioner = "manual", Cuts = ["/Mul"] };
        var result = VerifiedModels.Verify(Model("mean"), options);
        Assert.Equal(2, result.Stages);
        Assert.True(result.Passed, $"{result.Difference}, {result.Checks[0].RelativeError}");
    }

    private static ModelBuilder Model(string loss)
    {
        var b = VerifiedModels.Builder();
        var squares = VerifiedModels.Squares(b, out var weight);
        b.Output("l", Losses[loss](b, squares, weight));
        return b;
    }
}
