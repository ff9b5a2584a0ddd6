using GraphPipe.Runtime.Cpu.Numerics;
using Xunit;

namespace GraphPipe.Tests.Numerics;

public sealed unsafe class ReductionTests
{
    public static TheoryData<long[], ulong> Cases() => new()
    {
        { [], 0 }, { [0], 1 }, { [3, 0], 2 }, { [1], 1 }, { [100], 1 }, { [17], 0 }, { [5, 33], 2 }, { [5, 33], 1 }, { [70, 100], 1 }, { [200, 3], 1 },
        { [4, 5, 17], 2 }, { [4, 5, 17], 5 }, { [4, 5, 17], 7 }, { [3, 1, 4, 5], 0b1010 }, { [3, 4, 3, 4], 0b0101 }, { [3, 4, 3, 4], 0b1010 }, { [9000], 1 },
    };

    private static void Check<T>(long[] shape, ulong axes, Func<List<double>, double> f, double low = -1, double high = 1)
        where T : struct, IReduction =>
        Check(shape, axes, f, low, high, (ReductionPlan plan, nint x, nint y, long from, long to) => ReductionLoops.Run<T>(plan, (float*)x, (float*)y, from, to), typeof(T).Name);

    private static void Check(
        long[] shape, ulong axes, Func<List<double>, double> f, double low, double high, Action<ReductionPlan, nint, nint, long, long> run, string name)
    {
        var groups = Groups(shape, axes, out long size);
        using var x = Floats.Random(size, 1, low, high);
        using var y = new Floats(groups.Count);
        using var cut = new Floats(groups.Count);
        var plan = ReductionPlan.Create(shape, axes);
        Assert.Equal(groups.Count, plan.Outputs);
        run(plan, (nint)x.P, (nint)y.P, 0, plan.Outputs);
        y.ShouldBe(i => f(groups[(int)i].Select(q => (double)x[q]).ToList()), 2e-6, name);
        for (long at = 0; at < plan.Outputs; at += 7) run(plan, (nint)x.P, (nint)cut.P, at, Math.Min(plan.Outputs, at + 7));
        cut.ShouldHaveTheBitsOf(y, name + " in ranges");
    }

    /// <summary>For each output, the input positions that it folds.</summary>
    private static List<List<long>> Groups(long[] shape, ulong axes, out long size)
    {
        size = shape.Aggregate(1L, (a, b) => a * b);
        long outputs = 1;
        for (int i = 0; i < shape.Length; i++)
            if (((axes >> i) & 1) == 0) outputs *= shape[i];
        var groups = Enumerable.Range(0, (int)outputs).Select(_ => new List<long>()).ToList();
        for (long i = 0; i < size; i++)
        {
            long rest = i, at = 0, stride = 1;
            for (int axis = shape.Length - 1; axis >= 0; axis--)
            {
                if (((axes >> axis) & 1) == 0)
                {
                    at += rest % shape[axis] * stride;
                    stride *= shape[axis];
                }

                rest /= shape[axis];
            }

            groups[(int)at].Add(i);
        }

        return groups;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Folds(long[] shape, ulong axes)
    {
        Check<ReduceSum>(shape, axes, v => v.Sum());
        Check<ReduceMean>(shape, axes, v => v.Count == 0 ? double.NaN : v.Average());
        Check<ReduceL1>(shape, axes, v => v.Sum(Math.Abs));
        Check<ReduceL2>(shape, axes, v => Math.Sqrt(v.Sum(x => x * x)));
        Check<ReduceSumSquare>(shape, axes, v => v.Sum(x => x * x));
        Check<ReduceLogSum>(shape, axes, v => Math.Log(v.Sum()), 0.5, 1);
        Check<ReduceMax>(shape, axes, v => v.Count == 0 ? double.NegativeInfinity : v.Max());
        Check<ReduceMin>(shape, axes, v => v.Count == 0 ? double.PositiveInfinity : v.Min());
        Check<ReduceProd>(shape, axes, v => v.Aggregate(1.0, (a, b) => a * b), 0.99, 1.01);
        Check(
            shape, axes, v => v.Count == 0 ? double.NegativeInfinity : Math.Log(v.Sum(Math.Exp)), -5, 5,
            (plan, x, y, from, to) => TwoPassReductions.LogSumExp(plan, (float*)x, (float*)y, from, to), "LogSumExp");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradients_of_extremum_and_product(long[] shape, ulong axes)
    {
        var groups = Groups(shape, axes, out long size);
        var plan = ReductionPlan.Create(shape, axes);
        using var x = Floats.Random(size, 1, 0.9, 1.1);
        for (long i = 0; i < size; i++) x[i] = MathF.Round(x[i] * 4) / 4;
        if (size > 4) x[3] = 0;
        using var dy = Floats.Random(groups.Count, 2);
        using var y = new Floats(groups.Count);
        using var dx = new Floats(size);
        ReductionLoops.Run<ReduceMax>(plan, x.P, y.P, 0, plan.Outputs);
        TwoPassReductions.ExtremumGradient(plan, dy.P, x.P, y.P, dx.P, 0, plan.Outputs);
        using var expected = new Floats(size);
        for (int g = 0; g < groups.Count; g++)
            foreach (long i in groups[g]) expected[i] = x[i] == y[g] ? dy[g] / groups[g].Count(q => x[q] == y[g]) : 0;
        dx.ShouldHaveTheBitsOf(expected);

        TwoPassReductions.ProductGradient(plan, dy.P, x.P, dx.P, 0, plan.Outputs);
        if (size > 200) return;
        for (int g = 0; g < groups.Count; g++)
            foreach (long i in groups[g]) expected[i] = (float)groups[g].Where(q => q != i).Aggregate((double)dy[g], (a, q) => a * x[q]);
        dx.ShouldBe(i => expected[i], 1e-6);
    }

    [Theory]
    [InlineData(3, 7, 1)]
    [InlineData(2, 5, 6)]
    public void Arg_extremum(int outer, int axis, int inner)
    {
        using var x = Floats.Random(outer * axis * inner, 4);
        for (long i = 0; i < x.Length; i++) x[i] = MathF.Round(2 * x[i]);
        var y = new long[outer * inner];
        for (int form = 0; form < 4; form++)
        {
            bool smallest = (form & 1) != 0, last = (form & 2) != 0;
            fixed (long* p = y) TwoPassReductions.ArgExtremum(x.P, p, axis, inner, 0, outer, smallest, last);
            for (int o = 0; o < outer; o++)
                for (int j = 0; j < inner; j++)
                {
                    var v = Enumerable.Range(0, axis).Select(a => x[(o * axis + a) * inner + j] * (smallest ? -1 : 1)).ToList();
                    Assert.Equal(last ? v.LastIndexOf(v.Max()) : v.IndexOf(v.Max()), y[o * inner + j]);
                }
        }
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 1)]
    [InlineData(130, 100)]
    [InlineData(65, 17)]
    public void Column_sums(int rows, int columns)
    {
        using var x = Floats.Random((long)rows * columns, 1);
        using var y = Floats.Random(columns, 2);
        using var old = y.Copy();
        using var split = y.Copy();
        double Sum(long j) => Enumerable.Range(0, rows).Sum(i => (double)x[(long)i * columns + j]);
        ColumnFold.Sum(default(IdentityMap), x.P, columns, rows, y.P, 0, columns, accumulate: true);
        y.ShouldBe(j => old[j] + Sum(j), 2e-6);
        ColumnFold.Sum(default(IdentityMap), x.P, columns, rows, split.P, 0, Math.Min(3, columns), accumulate: true);
        ColumnFold.Sum(default(IdentityMap), x.P, columns, rows, split.P, Math.Min(3, columns), columns, accumulate: true);
        split.ShouldHaveTheBitsOf(y);
        ColumnFold.Sum(default(IdentityMap), x.P, columns, rows, y.P, 0, columns);
        y.ShouldBe(Sum, 2e-6);
    }
}
