using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Kernels;

public class ReductionKernelTests
{
    public static TheoryData<long[], long[]> Axes() => new()
    {
        { [5], [0] }, { [3, 40], [1] }, { [40, 3], [0] }, { [4, 5, 6], [1] }, { [4, 5, 6], [0, 2] }, { [4, 5, 6], [0, 1, 2] }, { [2, 3, 4, 5], [1, 3] }, { [2, 3, 4, 5], [0, 2] },
        { [1, 7, 1], [0, 2] }, { [0, 4], [1] }, { [2, 70, 501], [1] }, { [300, 200], [1] },
    };

    private static readonly (string Op, Func<double[], double> F)[] Folds =
    [
        ("ReduceSum", v => v.Sum()), ("ReduceMean", v => v.Sum() / v.Length), ("ReduceMax", v => v.Max()), ("ReduceMin", v => v.Min()),
        ("ReduceProd", v => v.Aggregate(1.0, (a, b) => a * b)), ("ReduceL1", v => v.Sum(Math.Abs)), ("ReduceL2", v => Math.Sqrt(v.Sum(x => x * x))),
        ("ReduceSumSquare", v => v.Sum(x => x * x)), ("ReduceLogSum", v => Math.Log(v.Sum())), ("ReduceLogSumExp", v => Math.Log(v.Sum(Math.Exp))),
    ];

    /// <summary>For every element of the result, the elements that are folded into it.</summary>
    private static List<int>[] Groups(long[] shape, long[] axes)
    {
        long[] kept = [.. shape.Select((d, axis) => axes.Contains(axis) ? 1 : d)];
        var groups = Enumerable.Range(0, (int)Tensors.Count(kept)).Select(_ => new List<int>()).ToArray();
        for (int i = 0; i < Tensors.Count(shape); i++)
            groups[Tensors.Broadcast(kept, shape, i)].Add(i);
        return groups;
    }

    private static long[] Result(long[] shape, long[] axes, bool keep) =>
        keep ? [.. shape.Select((d, axis) => axes.Contains(axis) ? 1 : d)] : [.. shape.Where((_, axis) => !axes.Contains(axis))];

    [Theory]
    [MemberData(nameof(Axes))]
    public void Values_and_gradients(long[] shape, long[] axes)
    {
        // Positive for the logarithm, near 1 for the product.
        var x = Tensors.Random(shape, 1, 0.8, 1.2);
        double[] values = [.. x.As<float>().ToArray().Select(v => (double)v)];
        var groups = Groups(shape, axes);
        foreach (var (op, f) in Folds)
        {
            foreach (bool keep in new[] { true, false })
            {
                long[] result = Result(shape, axes, keep);
                var attributes = Tensors.With(("axes", Tensors.Ints(axes)), ("keepdims", keep ? 1 : 0));
                var y = KernelProbe.Run(op, [x], result.Text(), attributes);
                y.ShouldBe(i => f([.. groups[i].Select(k => values[k])]), 4e-6, op);
                if (op == "ReduceSum")
                    continue;
                var dy = Tensors.Random(result, 2);
                TensorData[] operands = op == "ReduceMean" ? [dy] : [dy, x, y];
                float[] dx = KernelProbe.Run("grad." + op, operands, shape.Text(), attributes).As<float>().ToArray();
                for (int i = 0; i < groups.Length; i++)
                {
                    // Large groups in a sample of their elements.
                    for (int k = 0; k < groups[i].Count; k += 1 + groups[i].Count / 20)
                    {
                        double[] group = [.. groups[i].Select(e => values[e])];
                        double expected = op switch
                        {
                            "ReduceMax" or "ReduceMin" => group[k] == f(group) ? 1.0 / group.Count(v => v == group[k]) : 0,
                            _ when groups.Length > 500 => double.NaN,
                            _ => Tensors.Slope(v => f([.. group[..k], v, .. group[(k + 1)..]]), group[k]),
                        };
                        if (!double.IsNaN(expected))
                            Assert.True(Math.Abs(dx[groups[i][k]] - dy.As<float>()[i] * expected) < 2e-5 * Math.Max(1, Math.Abs(expected)), $"grad.{op} element {groups[i][k]}: {dx[groups[i][k]]:R} instead of {dy.As<float>()[i] * expected:R}");
                    }
                }
            }
        }
    }

    [Fact]
    public void Signed_values()
    {
        var x = TensorData.Floats([1, 4], -3, 2, 0, -1);
        var axes = Tensors.With(("axes", Tensors.Ints(1)));
        Assert.Equal(6, KernelProbe.Run("ReduceL1", [x], "f32[1,1]", axes).As<float>()[0]);
        Assert.Equal([-1, 1, 0, -1], KernelProbe.Run("grad.ReduceL1", [TensorData.Floats([1, 1], 1), x, TensorData.Floats([1, 1], 6)], "f32[1,4]", axes).As<float>().ToArray());
    }

    [Fact]
    public void Extrema_share_among_ties()
    {
        var x = TensorData.Floats([2, 3], 3, 3, 1, 0, 0, 0);
        var attributes = Tensors.With(("axes", Tensors.Ints(1)), ("keepdims", 0));
        Assert.Equal([1, 1, 0, 2, 2, 2], KernelProbe.Run("grad.ReduceMax", [TensorData.Floats([2], 2, 6), x, TensorData.Floats([2], 3, 0)], "f32[2,3]", attributes).As<float>().ToArray());
        Assert.Equal([0, 0, 2, 2, 2, 2], KernelProbe.Run("grad.ReduceMin", [TensorData.Floats([2], 2, 6), x, TensorData.Floats([2], 1, 0)], "f32[2,3]", attributes).As<float>().ToArray());
    }

    [Fact]
    public void Products_with_zeros()
    {
        var x = TensorData.Floats([3, 3], 2, 0, 4, 0, 3, 0, 1, 2, 3);
        var attributes = Tensors.With(("axes", Tensors.Ints(1)), ("keepdims", 0));
        Assert.Equal([0, 8, 0, 0, 0, 0, 6, 3, 2], KernelProbe.Run("grad.ReduceProd", [TensorData.Floats([3], 1, 1, 1), x, TensorData.Floats([3], 0, 0, 6)], "f32[3,3]", attributes).As<float>().ToArray());
    }

    [Fact]
    public void The_norm_of_zeros_has_no_slope() => Assert.Equal(
        [0, 0], KernelProbe.Run("grad.ReduceL2", [TensorData.Floats([1], 5), TensorData.Floats([2], 0, 0), TensorData.Floats([1], 0)], "f32[2]", Tensors.With(("axes", Tensors.Ints(0)))).As<float>().ToArray());

    [Theory]
    [InlineData("ReduceSum", 0f)]
    [InlineData("ReduceProd", 1f)]
    [InlineData("ReduceMax", float.NegativeInfinity)]
    [InlineData("ReduceMin", float.PositiveInfinity)]
    [InlineData("ReduceLogSumExp", float.NegativeInfinity)]
    [InlineData("ReduceMean", float.NaN)]
    public void Folds_of_nothing(string op, float expected) =>
        Assert.Equal([expected, expected], KernelProbe.Run(op, [TensorData.Floats([2, 0])], "f32[2]", Tensors.With(("axes", Tensors.Ints(1)), ("keepdims", 0))).As<float>().ToArray());

    [Theory]
    [MemberData(nameof(Axes))]
    public void Whole_numbers(long[] shape, long[] axes)
    {
        var x = Tensors.Longs(shape, i => (i * 7919L % 11) - 5);
        long[] values = x.ToLongs();
        var groups = Groups(shape, axes);
        var folds = new (string Op, Func<IEnumerable<long>, long> F)[]
        {
            ("ReduceSum", v => v.Sum()), ("ReduceMax", v => v.Max()), ("ReduceMin", v => v.Min()), ("ReduceProd", v => v.Aggregate(1L, (a, b) => a * b)),
        };
        foreach (var (op, f) in folds)
        {
            var attributes = Tensors.With(("axes", Tensors.Ints(axes)));
            var expected = groups.Select(g => f(g.Select(k => values[k]))).ToArray();
            Assert.Equal(expected, KernelProbe.Run(op, [x], Result(shape, axes, true).Text("i64"), attributes).As<long>().ToArray());
            var narrow = TensorData.Of<int>(DType.I32, x.Shape, [.. values.Select(v => (int)v)]);
            Assert.Equal(expected.Select(e => (int)e), KernelProbe.Run(op, [narrow], Result(shape, axes, true).Text("i32"), attributes).As<int>().ToArray());
        }
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 4)]
    [InlineData(-1, 5)]
    public void Positions_of_extrema(int axis, int length)
    {
        // Few values, so that there are ties.
        var x = Tensors.Floats([3, 4, 5], i => i * 37 % 7 % 3);
        float[] values = x.As<float>().ToArray();
        int at = (axis + 3) % 3;
        long[] shape = [3, 4, 5], result = [.. shape.Select((d, i) => i == at ? 1 : d)];
        foreach (string op in new[] { "ArgMax", "ArgMin" })
        {
            foreach (bool last in new[] { false, true })
            {
                var attributes = Tensors.With(("axis", axis), ("select_last_index", last ? 1 : 0));
                long[] y = KernelProbe.Run(op, [x], result.Text("i64"), attributes).As<long>().ToArray();
                for (int i = 0; i < y.Length; i++)
                {
                    var row = Enumerable.Range(0, length).Select(k =>
                    {
                        long[] index = Tensors.Index(result, i);
                        index[at] = k;
                        return values[Tensors.Flat(shape, index)];
                    }).ToList();
                    float best = op == "ArgMax" ? row.Max() : row.Min();
                    Assert.Equal(last ? row.LastIndexOf(best) : row.IndexOf(best), y[i]);
                }
            }
        }
    }
}
