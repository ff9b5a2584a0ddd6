using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Runtime.Cuda.Kernels;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;
using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>Reductions that are part of the kernel that makes their elements: the bits of the calls one by one, what sums in double precision say, and fewer launches.</summary>
[Collection(nameof(OneDriver))]
public sealed class FoldFusionTests(CudaRuntimeFixture cuda)
{
    private const FunctionKind Forward = FunctionKind.Forward;

    private static readonly DeviceName Gpu = new("cuda", 0);

    /// <summary>A shape, the axes that are folded, and whether one kernel does it.</summary>
    private static readonly (long[] Shape, int[] Axes, bool IsOne)[] Cases =
    [
        ([6, 5, 7], [2], true),
        ([3, 2, 200], [2], true),
        ([9, 4, 3], [0], true),
        ([3, 8, 5], [1], true),
        ([6, 3, 32], [0, 2], true),
        ([4, 5, 9], [0, 1, 2], true),
        ([2, 3, 1], [1, 2], true),
        ([3, 2, 2], [], true),

        // Neighbouring threads would read elements that lie apart, or not many of them together.
        ([6, 3, 30], [0, 2], false),
        ([200, 1, 3], [0], false),
        ([5, 70, 3], [1], false),
    ];

    public static TheoryData<string> Reductions() => [.. ElementwisePrograms.Reductions];

    [Theory]
    [MemberData(nameof(Reductions))]
    public void A_reduction_folds_what_one_kernel_makes(string reduction)
    {
        foreach (var (shape, axes, isOne) in Cases)
        {
            foreach (bool keeps in reduction == "grad.SumTo" ? [true] : new[] { true, false })
            {
                // x·column + row, of which the product is wanted elsewhere and the sum is not.
                FoldProgram Build(bool isFused)
                {
                    var p = new FoldProgram(isFused);
                    BufferId x = p.Weight(shape, 1), column = p.Weight([shape[0], 1, 1], 2), row = p.Weight([shape[2]], 3), product = p.Value(shape), sum = p.Value(shape);
                    p.Call("Mul", product, x, column);
                    p.Call("Add", sum, product, row);
                    p.Output(p.Fold(reduction, sum, shape, axes, keeps));
                    p.Output(product);
                    return p;
                }

                var (fused, launches) = Run(Build(isFused: true));
                var (single, all) = Run(Build(isFused: false));
                Assert.Equal((isOne ? 1 : 2, 3), (launches, all));
                AssertSame(single, fused, $"{reduction} of [{string.Join(',', shape)}] over {string.Join(',', axes)}");
                float[] expected = Expected(reduction, fused[1], Build(isFused: true).Values[2], shape, axes), actual = fused[0].As<float>().ToArray();
                Assert.Equal(expected.Length, actual.Length);
                for (int i = 0; i < expected.Length; i++)
                    Assert.True(expected[i].Equals(actual[i]) || Math.Abs(expected[i] - actual[i]) <= 1e-6 * Math.Max(1, Math.Abs(expected[i])), $"{reduction} of [{string.Join(',', shape)}]: {expected[i]}, {actual[i]}");
            }
        }
    }

    [Theory]
    [InlineData(new long[] { 3, 0, 4 }, 1, 1, 1)]
    [InlineData(new long[] { 3, 0, 4 }, 2, 0, 0)]
    [InlineData(new long[] { 0, 3, 4 }, 1, 0, 0)]
    [InlineData(new long[] { 0, 3, 4 }, 0, 1, 1)]
    public void Nothing_is_folded_to_what_nothing_is(long[] shape, int axis, int launches, int single)
    {
        foreach (string reduction in ElementwisePrograms.Reductions)
        {
            var (fused, own) = Run(Squares(isFused: true));
            var (alone, all) = Run(Squares(isFused: false));
            Assert.Equal((launches, single), (own, all));
            AssertSame(alone, fused, reduction);

            FoldProgram Squares(bool isFused)
            {
                var p = new FoldProgram(isFused);
                BufferId x = p.Weight(shape, 1), square = p.Value(shape);
                p.Call("Mul", square, x, x);
                p.Output(p.Fold(reduction, square, shape, [axis], keeps: true));
                return p;
            }
        }
    }

    [Theory]
    [InlineData(7)]
    [InlineData(300)]
    public void A_mean_of_squares_is_one_launch(int width)
    {
        var p = new FoldProgram(isFused: true);
        BufferId x = p.Weight([4, width], 1), square = p.Value([4, width]);
        p.Call("Mul", square, x, x);
        p.Output(p.Fold("ReduceMean", square, [4, width], [1], keeps: true));
        var provider = new CudaDeviceProvider(CudaRuntimeFixture.Path, MatrixProducts.OwnKernel);
        _ = cuda.Provider;
        var result = Assert.Single(ElementwisePrograms.Run(p.Build(), p.Weights, provider, Gpu));
        Assert.Equal("Fused.Mul_ReduceMean", Assert.Single(provider.Sources).ToString());
        float[] values = p.Values[0].As<float>().ToArray();
        for (int i = 0; i < 4; i++)
            Assert.Equal((float)(values.Skip(i * width).Take(width).Sum(v => (double)(v * v)) / width), result.As<float>()[i], 1e-6f);
        Assert.Equal(1, MockLibrary.Calls("LaunchKernel"));
    }

    /// <summary>The name tells what a kernel does; a number tells another structure of the same name, here by groups of threads.</summary>
    [Fact]
    public void Kernels_have_the_names_of_what_they_do()
    {
        var provider = new CudaDeviceProvider(CudaRuntimeFixture.Path, MatrixProducts.OwnKernel);
        _ = cuda.Provider;
        foreach (long[] shape in new long[][] { [4, 7], [4, 300], [5, 8], [5, 301] })
        {
            var p = new FoldProgram(isFused: true);
            BufferId x = p.Weight(shape, 1), square = p.Value(shape);
            p.Call("Mul", square, x, x);
            p.Output(p.Fold("ReduceMean", square, shape, [1], keeps: true));
            p.Call("Neg", p.Output(p.Value(shape)), x);
            ElementwisePrograms.Run(p.Build(), p.Weights, provider, Gpu);
        }

        Assert.Equal(["Elementwise.Neg", "Fused.Mul_ReduceMean", "Fused2.Mul_ReduceMean"], provider.Sources.Select(s => s.ToString()).Order(StringComparer.Ordinal));
    }

    /// <summary>By threads and by groups: NaN, infinities, zeros of either sign and denormals among what is folded.</summary>
    [Theory]
    [MemberData(nameof(Reductions))]
    public void Special_values_are_folded_as_by_themselves(string reduction)
    {
        float[] special = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, -0f, 1e-40f, 3e38f, -3e38f];
        foreach (var (shape, axis) in (((long[], int)[])[([9, 40], 0), ([40, 90], 1)]))
        {
            FoldProgram Build(bool isFused)
            {
                var p = new FoldProgram(isFused);
                BufferId x = p.Weight(shape, 1, (i, v) => i % 11 < special.Length && i / shape[1] % 3 == 0 ? special[i % 11] : i % 5 == 0 ? 0f : v), y = p.Value(shape);
                p.Call("Neg", y, x);
                p.Output(p.Fold(reduction, y, shape, [axis], keeps: true));
                return p;
            }

            var (fused, launches) = Run(Build(isFused: true));
            var (single, all) = Run(Build(isFused: false));
            Assert.Equal((1, 2), (launches, all));
            AssertSame(single, fused, $"{reduction} over {axis}");
        }
    }

    /// <summary>A thread for each of so many results.</summary>
    [Fact]
    public void Many_results_are_folded_by_threads()
    {
        var (fused, launches) = Run(Build(isFused: true));
        var (single, all) = Run(Build(isFused: false));
        Assert.Equal((1, 2), (launches, all));
        AssertSame(single, fused, "a thread each");

        static FoldProgram Build(bool isFused)
        {
            var p = new FoldProgram(isFused);
            BufferId x = p.Weight([64, 16384], 1), square = p.Value([64, 16384]);
            p.Call("Mul", square, x, x);
            p.Output(p.Fold("ReduceSum", square, [64, 16384], [0], keeps: true));
            return p;
        }
    }

    [Fact]
    public void A_second_reduction_of_a_result_reads_what_the_first_has_left()
    {
        var (fused, launches) = Run(Build(isFused: true));
        var (single, all) = Run(Build(isFused: false));
        Assert.Equal((2, 3), (launches, all));
        AssertSame(single, fused, "two reductions");

        static FoldProgram Build(bool isFused)
        {
            var p = new FoldProgram(isFused);
            BufferId x = p.Weight([5, 80], 1), square = p.Value([5, 80]);
            p.Call("Mul", square, x, x);
            p.Output(p.Fold("ReduceMean", square, [5, 80], [1], keeps: true));
            p.Output(p.Fold("ReduceMax", square, [5, 80], [1], keeps: true));
            return p;
        }
    }

    /// <summary>Squares seen in another shape, whose sums are seen in another shape by what divides by them.</summary>
    [Fact]
    public void Views_are_folded_and_results_are_viewed()
    {
        var (fused, launches) = Run(Build(isFused: true));
        var (single, all) = Run(Build(isFused: false));
        Assert.Equal((2, 3), (launches, all));
        AssertSame(single, fused, "views");

        static FoldProgram Build(bool isFused)
        {
            var p = new FoldProgram(isFused);
            BufferId x = p.Weight([6, 50], 1), square = p.Value([6, 50]);
            p.Call("Mul", square, x, x);
            var sums = p.Fold("ReduceSum", p.View(square, [3, 100]), [3, 100], [1], keeps: false);
            p.Call("Div", p.Output(p.Value([3, 100])), p.View(x, [3, 100]), p.View(sums, [3, 1]));
            return p;
        }
    }

    /// <summary>x is read until the reduction, at which the squares are made; without that the copy in between would lie where x does.</summary>
    [Fact]
    public void What_the_calls_read_is_there_until_the_reduction()
    {
        var (fused, launches) = Run(Build(isFused: true));
        var (single, all) = Run(Build(isFused: false));
        Assert.Equal((4, 5), (launches, all));
        AssertSame(single, fused, "a copy in between");

        static FoldProgram Build(bool isFused)
        {
            var p = new FoldProgram(isFused);
            BufferId w = p.Weight([8, 8], 1), x = p.Value([8, 8]), square = p.Value([8, 8]), copy = p.Value([8, 8]);
            p.Other("Trilu", x, w);
            p.Call("Mul", square, x, x);
            p.Other("Transpose", copy, w);
            p.Output(p.Fold("ReduceSum", square, [8, 8], [1], keeps: true));
            p.Output(p.Fold("ReduceSum", copy, [8, 8], [1], keeps: true));
            return p;
        }
    }

    [Fact]
    public void Short_micro_batches_fold_what_they_have()
    {
        foreach (int samples in (int[])[10, 7, 3])
        {
            var data = KernelCase.Numbers([samples, 70], 1);
            var results = new List<byte[]>();
            foreach (bool isFused in new[] { true, false })
            {
                var b = new ProgramBuilder(new StageId(0), "s");
                BufferId x = b.Buffer("x", "[N,70]", BufferLife.Activation), square = b.Buffer("square", "[N,70]", BufferLife.Temporary), y = b.Buffer("y", "[N]", BufferLife.Temporary);
                b.Feeds.Add(new FeedDecl(FeedKind.Input, "x", x));
                b.Call(Forward, "Mul", [x, x], [square], isElementwise: isFused);
                b.Call(Forward, "ReduceL2", [square], [y], Attributes.Empty.With("axes", new AttributeValue.Ints([1])).With("keepdims", 0L), isReduction: isFused);
                b.Outputs.Add(new OutputDecl("y", y));
                var plan = TestPlans.Lower([[.. Enumerable.Range(0, 2).Select(m => new Work(ActionKind.Forward, 0, m))]], [], 10, [5]) with { Mesh = new DeviceMesh([Gpu]) };
                using var executor = new PipelineExecutor(plan, [b.Build()], new Dictionary<string, TensorData>(), [cuda.Provider]);
                results.Add(executor.Forward(new MiniBatch(samples, [new("x", data)])).Outputs["y"].Bytes.ToArray());
                Assert.Equal((isFused ? 1 : 2) * (samples > 5 ? 2 : 1), MockLibrary.Calls("LaunchKernel"));
            }

            Assert.Equal(4 * samples, results[0].Length);
            Assert.Equal(results[1], results[0]);
            Assert.Empty(MockLibrary.Reports());
        }
    }

    /// <summary>The calls alone have 3,956 bytes of parameters; with the walks of the reduction they would have more than 4 KiB.</summary>
    [Fact]
    public void Where_parameters_do_not_suffice_the_reduction_runs_by_itself()
    {
        var p = new FoldProgram(isFused: true);
        var sum = BufferId.None;
        for (int call = 0; call < 4; call++)
        {
            var result = p.Value([2, 3]);
            p.Call("grad.Sum", result, [.. sum.IsNone ? [] : new[] { sum }, .. Enumerable.Range(0, 61).Select(i => p.Weight([2, 3], call * 61 + i))]);
            sum = result;
        }

        p.Output(p.Fold("ReduceSum", sum, [2, 3], [1], keeps: true));
        var (results, launches) = Run(p);
        Assert.Equal(2, launches);
        for (int row = 0; row < 2; row++)
            Assert.Equal(p.Values.Sum(v => v.As<float>().ToArray().Skip(row * 3).Take(3).Sum(x => (double)x)), results[0].As<float>()[row], 1e-3);
    }

    [Theory]
    [InlineData(new long[] { 16384, 65 }, 1, true, true)]
    [InlineData(new long[] { 64, 16384 }, 0, false, true)]
    [InlineData(new long[] { 65, 16384 }, 0, false, false)]
    [InlineData(new long[] { 65, 16383 }, 0, true, false)]
    [InlineData(new long[] { 3, 8 }, 1, false, true)]
    [InlineData(new long[] { 3, 9 }, 1, false, false)]
    [InlineData(new long[] { 64, 3 }, 0, false, true)]
    [InlineData(new long[] { 3, 65 }, 1, true, true)]
    [InlineData(new long[] { 65, 3 }, 0, true, false)]
    [InlineData(new long[] { 2, 8192 }, 1, true, true)]
    [InlineData(new long[] { 2, 8193 }, 1, true, false)]
    [InlineData(new long[] { 16384, 65, 1 }, 1, true, true)]
    [InlineData(new long[] { 64, 16384, 1 }, 0, false, true)]
    [InlineData(new long[] { 16384, 65, 2 }, 1, true, false)]
    [InlineData(new long[] { 1024, 9, 32 }, 1, false, true)]
    [InlineData(new long[] { 1024, 9, 31 }, 1, false, false)]
    public void The_shape_says_who_folds_and_whether_elements_are_made_there(long[] shape, int axis, bool isByGroup, bool mayFuse)
    {
        var walks = new ElementFold(typeof(ReduceSumKernel.Op), [.. shape], 1UL << axis).Walks!.Value;
        Assert.Equal((isByGroup, mayFuse), (ElementFold.IsByGroup(walks), ElementFold.MayFuse(walks)));
        Assert.Equal(mayFuse, SavedLaunches.IsTaken(shape, [.. shape.Select((_, i) => i == axis)]));
    }

    [Fact]
    public void A_reduction_has_its_part_of_the_time()
    {
        var p = new FoldProgram(isFused: true);
        BufferId x = p.Weight([5, 80], 1), square = p.Value([5, 80]);
        p.Call("Mul", square, x, x);
        p.Output(p.Fold("ReduceMean", square, [5, 80], [1], keeps: true));
        using var executor = ElementwisePrograms.Open(p.Build(), p.Weights, cuda.Provider, Gpu, new ExecutorOptions { ClockedRuns = 2 });
        executor.Forward(new MiniBatch(1, []));
        var clock = Assert.Single(executor.Clocks);
        double[] times = [.. Enumerable.Range(0, 2).Select(c => Assert.Single(clock.TimesOf(c)).Value)];
        Assert.True(times.Min() > 0);
        Assert.True(times.Max() - times.Min() <= 1, string.Join(", ", times));
    }

    [Fact]
    public void Every_reduction_says_what_it_folds()
    {
        var kernels = new KernelRegistry<CudaKernel>(typeof(CudaKernel).Assembly);
        Assert.All(ElementwisePrograms.Reductions, op => Assert.IsAssignableFrom<FoldKernel>(kernels.Find(op)));
    }

    private static void AssertSame(List<TensorData> expected, List<TensorData> actual, string what)
    {
        for (int i = 0; i < expected.Count; i++)
            Assert.True(expected[i].Bytes.Span.SequenceEqual(actual[i].Bytes.Span), $"{what}, output {i}");
    }

    // Σ and the like over the axes of product + row, in double precision.
    private static float[] Expected(string reduction, TensorData product, TensorData row, long[] shape, int[] axes)
    {
        var folds = new SortedDictionary<long, List<double>>();
        float[] products = product.As<float>().ToArray(), last = row.As<float>().ToArray();
        for (int i = 0; i < products.Length; i++)
        {
            long[] at = [i / (shape[1] * shape[2]), i / shape[2] % shape[1], i % shape[2]];
            long key = 0;
            for (int axis = 0; axis < 3; axis++)
                key = key * shape[axis] + (axes.Contains(axis) ? 0 : at[axis]);
            if (!folds.TryGetValue(key, out var fold))
                folds.Add(key, fold = []);
            fold.Add(products[i] + last[at[2]]);
        }

        return [.. folds.Values.Select(f => (float)(reduction switch
        {
            "ReduceMean" => f.Average(),
            "ReduceProd" => f.Aggregate(1.0, (a, b) => a * b),
            "ReduceMax" => f.Max(),
            "ReduceMin" => f.Min(),
            "ReduceL1" => f.Sum(Math.Abs),
            "ReduceL2" => Math.Sqrt(f.Sum(v => v * v)),
            "ReduceSumSquare" => f.Sum(v => v * v),
            "ReduceLogSum" => Math.Log(f.Sum()),
            _ => f.Sum(),
        }))];
    }

    private (List<TensorData> Outputs, long Launches) Run(FoldProgram program)
    {
        var outputs = ElementwisePrograms.Run(program.Build(), program.Weights, cuda.Provider, Gpu);
        Assert.Empty(MockLibrary.Reports());
        return (outputs, MockLibrary.Calls("LaunchKernel"));
    }
}
