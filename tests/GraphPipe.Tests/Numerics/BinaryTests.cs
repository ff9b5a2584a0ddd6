using GraphPipe.Runtime.Cpu.Numerics;
using GraphPipe.Runtime.Elements;
using Xunit;

namespace GraphPipe.Tests.Numerics;

public sealed unsafe class BinaryTests
{
    public static TheoryData<long[], long[], long[]> Shapes() => new()
    {
        { [], [], [] }, { [0], [1], [1] }, { [1], [1], [] }, { [17], [17], [17] }, { [100], [1], [100] }, { [1], [33], [1] }, { [5, 17], [17], [5, 1] },
        { [5, 17], [5, 1], [1] }, { [4, 1, 16], [3, 1], [4, 3, 16] }, { [2, 3, 4, 5], [2, 1, 4, 1], [3, 1, 5] }, { [31, 1], [1, 15], [15] },
        { [2, 1, 2, 1, 2, 1, 2], [1, 3, 1, 3, 1, 3, 1], [] },
    };

    private static long[] OutShape(params long[][] shapes)
    {
        int rank = shapes.Max(s => s.Length);
        var o = new long[rank];
        for (int i = 0; i < rank; i++)
        {
            o[i] = 1;
            foreach (var s in shapes)
            {
                int at = i - (rank - s.Length);
                if (at >= 0 && s[at] != 1) o[i] = s[at];
            }
        }

        return o;
    }

    private static long Index(long[] shape, long[] outShape, long i)
    {
        long offset = 0, stride = 1;
        for (int axis = outShape.Length - 1; axis >= 0; axis--)
        {
            long at = i % outShape[axis];
            i /= outShape[axis];
            int own = axis - (outShape.Length - shape.Length);
            if (own < 0) continue;
            if (shape[own] != 1) offset += at * stride;
            stride *= shape[own];
        }

        return offset;
    }

    private static long Size(long[] s) => s.Aggregate(1L, (a, b) => a * b);

    private static void Check<T>(long[] sa, long[] sb, Func<double, double, double> f)
        where T : struct, IBinary
    {
        var so = OutShape(sa, sb);
        using var a = Floats.Random(Size(sa), 1, 0.5, 2);
        using var b = Floats.Random(Size(sb), 2, 0.5, 2);
        using var y = new Floats(Size(so));
        using var cut = new Floats(Size(so));
        var plan = BroadcastPlan.Create(sa, sb);
        Assert.Equal(y.Length, plan.Count);
        BinaryLoops.Run<T>(plan, a.P, b.P, y.P, 0, plan.Count);
        y.ShouldBe(i => f(a[Index(sa, so, i)], b[Index(sb, so, i)]), 1e-6, typeof(T).Name);
        for (long at = 0; at < plan.Count; at += 7) BinaryLoops.Run<T>(plan, a.P, b.P, cut.P, at, Math.Min(plan.Count, at + 7));
        cut.ShouldHaveTheBitsOf(y, "in ranges");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Broadcasting(long[] sa, long[] sb, long[] sc)
    {
        Check<Add>(sa, sb, (a, b) => a + b);
        Check<Sub>(sa, sb, (a, b) => a - b);
        Check<Sub>(sb, sa, (a, b) => a - b);
        Check<Mul>(sa, sc, (a, b) => a * b);
        Check<Div>(sa, sb, (a, b) => a / b);
        Check<Div>(sc, sb, (a, b) => a / b);
        Check<Pow>(sa, sb, Math.Pow);
        Check<Max>(sa, sb, Math.Max);
        Check<Min>(sa, sb, Math.Min);

        var so = OutShape(sa, sb, sc);
        using var x = Floats.Random(Size(sa), 1);
        using var z = Floats.Random(Size(sb), 2);
        using var w = Floats.Random(Size(sc), 3);
        using var y = new Floats(Size(so));
        var plan = BroadcastPlan.Create(sa, sb, sc);
        BinaryLoops.Run<PReluXGradient>(plan, x.P, z.P, w.P, y.P, 0, plan.Count);
        y.ShouldBe(i => x[Index(sa, so, i)] * (z[Index(sb, so, i)] > 0 ? 1.0 : w[Index(sc, so, i)]), 1e-6);

        var condition = new byte[Size(sa) + 1];
        for (int i = 0; i < condition.Length; i++) condition[i] = (byte)(x.Length > i && x[i] > 0 ? 1 + (i & 1) : 0);
        fixed (byte* c = condition) BinaryLoops.Where(plan, c, z.P, w.P, y.P, 0, plan.Count);
        y.ShouldBe(i => condition[Index(sa, so, i)] != 0 ? z[Index(sb, so, i)] : w[Index(sc, so, i)], 0);

        var two = BroadcastPlan.Create(sa, sb);
        var so2 = OutShape(sa, sb);
        var bools = new byte[two.Count + 1];
        bools[two.Count] = 77;
        fixed (byte* p = bools) BinaryLoops.Compare<LessOp>(two, x.P, z.P, p, 0, two.Count);
        for (long i = 0; i < two.Count; i++) Assert.Equal(x[Index(sa, so2, i)] < z[Index(sb, so2, i)] ? 1 : 0, bools[i]);
        Assert.Equal(77, bools[two.Count]);
    }

    [Fact]
    public void Equal_operands_share_the_gradient_of_a_maximum()
    {
        using var dy = Floats.Of(1, 1, 1);
        using var a = Floats.Of(1, 2, 3);
        using var b = Floats.Of(2, 2, 2);
        using var da = new Floats(3);
        var plan = BroadcastPlan.Create([3], [3], [3]);
        BinaryLoops.Run<MaxGradient>(plan, dy.P, a.P, b.P, da.P, 0, 3);
        Assert.Equal([0f, 0.5f, 1f], da.Span.ToArray());
        BinaryLoops.Run<MinGradient>(plan, dy.P, a.P, b.P, da.P, 0, 3);
        Assert.Equal([1f, 0.5f, 0f], da.Span.ToArray());
    }

    [Fact]
    public void Powers_of_zero_have_finite_gradients()
    {
        using var dy = Floats.Of(1, 1, 1, 1);
        using var a = Floats.Of(0, 0, 0, 2);
        using var b = Floats.Of(0, 1, 2, 3);
        using var g = new Floats(4);
        var plan = BroadcastPlan.Create([4], [4], [4]);
        BinaryLoops.Run<PowBaseGradient>(plan, dy.P, a.P, b.P, g.P, 0, 4);
        g.ShouldBe(i => new[] { 0.0, 1, 0, 12 }[i], 1e-6);
        using var y = Floats.Of(1, 0, 0, 8);
        BinaryLoops.Run<PowExponentGradient>(plan, dy.P, a.P, y.P, g.P, 0, 4);
        g.ShouldBe(i => new[] { 0, 0, 0, 8 * Math.Log(2) }[i], 1e-6);
    }
}
