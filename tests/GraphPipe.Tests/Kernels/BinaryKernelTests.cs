using GraphPipe.Bundle;
using GraphPipe.Runtime;
using Xunit;

namespace GraphPipe.Tests.Kernels;

public class BinaryKernelTests
{
    public static TheoryData<long[], long[], long[]> Shapes() => new()
    {
        { [], [], [] }, { [0, 3], [3], [1] }, { [17], [1], [17] }, { [5, 17], [5, 1], [17] }, { [4, 1, 6], [3, 1], [4, 3, 6] }, { [1, 7], [3, 1], [] },
        { [70, 1, 501], [3, 1], [501] },
    };

    private static double PRelu(double x, double s) => x > 0 ? x : s * x;

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Values_and_slopes_under_broadcasting(long[] sa, long[] sb, long[] sc)
    {
        _ = sc;
        Check("Pow", Math.Pow, "grad.PowBase", "grad.PowExponent");
        Check("Max", Math.Max, "grad.Max", "grad.Max");
        Check("Min", Math.Min, "grad.Min", "grad.Min");
        Check("Mod", Math.IEEERemainder, null, null);
        Check("PRelu", PRelu, "grad.PReluX", null, signed: true);

        void Check(string op, Func<double, double, double> f, string? gradientA, string? gradientB, bool signed = false)
        {
            if (op == "Mod")
                f = (a, b) => (float)a % (float)b;

            // From two grids that have no point in common and 0 in neither: no kink is nearer than a difference quotient looks.
            var random = new Random(1);
            var a = Tensors.Floats(sa, _ => (random.Next(signed ? -97 : 0, 97) + 45.25) / 97.0);
            var b = Tensors.Floats(sb, _ => (random.Next(97) + 45.5) / 97.0);
            var (va, vb) = (a.As<float>().ToArray(), b.As<float>().ToArray());
            long[] so = Tensors.BroadcastShape(sa, sb);
            float A(int i) => va[Tensors.Broadcast(sa, so, i)];
            float B(int i) => vb[Tensors.Broadcast(sb, so, i)];
            var y = KernelProbe.Run(op, [a, b], so.Text(), Tensors.With(("fmod", 1)));
            y.ShouldBe(i => f(A(i), B(i)), 1e-6, op);
            var dy = Tensors.Random(so, 3);
            var d = dy.As<float>().ToArray();
            if (gradientA is not null)
            {
                KernelProbe.Run(gradientA, [dy, a, b], so.Text(), Tensors.With(("side", 0)))
                    .ShouldBe(i => d[i] * Tensors.Slope(x => f(x, B(i)), A(i)), 1e-5, gradientA);
            }

            if (gradientB is not null)
            {
                KernelProbe.Run(gradientB, [dy, a, op == "Pow" ? y : b], so.Text(), Tensors.With(("side", 1)))
                    .ShouldBe(i => d[i] * Tensors.Slope(x => f(A(i), x), B(i)), 1e-5, gradientB);
            }
        }
    }

    [Fact]
    public void The_slope_of_PRelu_has_a_gradient_at_and_below_zero()
    {
        var dx = KernelProbe.Run("grad.PReluSlope", [TensorData.Floats([4], 1, 2, 3, 4), TensorData.Floats([4], -2, 0, 0.5f, -1)], "f32[4]");
        Assert.Equal([-2, 0, 0, -4], dx.As<float>().ToArray());
    }

    [Theory]
    [InlineData("grad.Max", 0, new float[] { 0, 0.5f, 1 })]
    [InlineData("grad.Max", 1, new float[] { 1, 0.5f, 0 })]
    [InlineData("grad.Min", 0, new float[] { 1, 0.5f, 0 })]
    [InlineData("grad.Min", 1, new float[] { 0, 0.5f, 1 })]
    public void Equal_operands_share(string op, int side, float[] expected) => Assert.Equal(
        expected,
        KernelProbe.Run(op, [TensorData.Floats([3], 1, 1, 1), TensorData.Floats([3], 1, 2, 3), TensorData.Floats([1], 2)], "f32[3]", Tensors.With(("side", side))).As<float>().ToArray());

    [Theory]
    [InlineData("Pow", new long[] { 25, -8, 1, 0, 1 }, new long[] { 5, -2, 7, 3, -1 }, new long[] { 2, 3, 0, -1, -2 })]
    [InlineData("Max", new long[] { 5, -2 }, new long[] { 5, -2 }, new long[] { 2, -3 })]
    [InlineData("Min", new long[] { 2, -3 }, new long[] { 5, -2 }, new long[] { 2, -3 })]
    [InlineData("Div", new long[] { 2, -2, long.MinValue }, new long[] { 7, -7, long.MinValue }, new long[] { 3, 3, -1 })]
    [InlineData("Mod", new long[] { 1, 2, -1, -2, 0 }, new long[] { 7, -7, 5, -5, long.MinValue }, new long[] { 3, 3, -3, -3, -1 })]
    public void Whole_numbers(string op, long[] expected, long[] a, long[] b) =>
        Assert.Equal(expected, KernelProbe.Run(op, [TensorData.Longs([a.Length], a), TensorData.Longs([b.Length], b)], $"i64[{a.Length}]").As<long>().ToArray());

    [Fact]
    public void Remainders_with_the_sign_of_the_dividend() =>
        Assert.Equal([1, -1, 1], KernelProbe.Run("Mod", [TensorData.Longs([3], 7, -7, 7), TensorData.Longs([3], 3, 3, -3)], "i64[3]", Tensors.With(("fmod", 1))).As<long>().ToArray());

    [Fact]
    public void Float_remainders_need_fmod() =>
        Assert.False(KernelProbe.Binds("Mod", [new OperandType(DType.F32, [2]), new OperandType(DType.F32, [2])], [new OperandType(DType.F32, [2])]));

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Comparisons_of_every_type(long[] sa, long[] sb, long[] sc)
    {
        _ = sc;
        long[] so = Tensors.BroadcastShape(sa, sb);
        var random = new Random(1);
        long[] va = [.. Enumerable.Range(0, (int)Tensors.Count(sa)).Select(_ => random.NextInt64(4))], vb = [.. Enumerable.Range(0, (int)Tensors.Count(sb)).Select(_ => random.NextInt64(4))];
        var relations = new (string Op, Func<long, long, bool> Holds)[]
        {
            ("Equal", (a, b) => a == b), ("Less", (a, b) => a < b), ("LessOrEqual", (a, b) => a <= b), ("Greater", (a, b) => a > b), ("GreaterOrEqual", (a, b) => a >= b),
        };
        foreach (var type in new[] { DType.F32, DType.F64, DType.I64, DType.I32, DType.U8 })
        {
            foreach (var (op, holds) in relations)
            {
                var y = KernelProbe.Run(op, [As(type, sa, va), As(type, sb, vb)], so.Text("bool")).As<byte>().ToArray();
                for (int i = 0; i < y.Length; i++)
                    Assert.Equal(holds(va[Tensors.Broadcast(sa, so, i)], vb[Tensors.Broadcast(sb, so, i)]) ? 1 : 0, y[i]);
            }
        }
    }

    private static TensorData As(DType type, long[] shape, long[] values) => type switch
    {
        DType.F32 => TensorData.Of<float>(type, [.. shape], [.. values.Select(v => (float)v)]),
        DType.F64 => TensorData.Of<double>(type, [.. shape], [.. values.Select(v => (double)v)]),
        DType.I64 => TensorData.Of<long>(type, [.. shape], values),
        DType.I32 => TensorData.Of<int>(type, [.. shape], [.. values.Select(v => (int)v)]),
        _ => TensorData.Of<byte>(type, [.. shape], [.. values.Select(v => (byte)v)]),
    };

    [Fact]
    public void NaN_equals_nothing() =>
        Assert.Equal([0, 0, 1], KernelProbe.Run("Equal", [TensorData.Floats([3], float.NaN, 1, 2), TensorData.Floats([3], float.NaN, float.NaN, 2)], "bool[3]").As<byte>().ToArray());

    [Theory]
    [InlineData("And", new byte[] { 0, 0, 0, 1 })]
    [InlineData("Or", new byte[] { 0, 1, 1, 1 })]
    [InlineData("Xor", new byte[] { 0, 1, 1, 0 })]
    public void Connectives(string op, byte[] expected) => Assert.Equal(
        expected, KernelProbe.Run(op, [TensorData.Of<byte>(DType.Bool, [2, 1], [0, 1]), TensorData.Of<byte>(DType.Bool, [2], [0, 1])], "bool[2,2]").As<byte>().ToArray());

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Where_takes_elements_of_any_size(long[] sa, long[] sb, long[] sc)
    {
        long[] so = Tensors.BroadcastShape(sa, sb, sc);
        var condition = Tensors.Bools(sa, i => i % 3 != 0);
        foreach (var type in new[] { DType.U8, DType.F16, DType.F32, DType.I64 })
        {
            int size = type.Bits() / 8;
            var (b, c) = (Bytes(sb, 1), Bytes(sc, 2));
            var y = KernelProbe.Run("Where", [condition, b, c], so.Text(type.Text())).Bytes.ToArray();
            for (int i = 0; i < Tensors.Count(so); i++)
            {
                bool first = Tensors.Broadcast(sa, so, i) % 3 != 0;
                int at = first ? Tensors.Broadcast(sb, so, i) : Tensors.Broadcast(sc, so, i);
                Assert.Equal((first ? b : c).Bytes.Slice(at * size, size).ToArray(), y[(i * size)..((i + 1) * size)]);
            }

            TensorData Bytes(long[] shape, int seed)
            {
                byte[] bytes = new byte[Tensors.Count(shape) * size];
                new Random(seed).NextBytes(bytes);
                return new TensorData(type, [.. shape], bytes);
            }
        }
    }

    [Fact]
    public void Casts()
    {
        var floats = TensorData.Floats([6], -1.75f, 0, -0f, 0.5f, 3e9f, float.NaN);
        Assert.Equal([-1, 0, 0, 0, 3_000_000_000, 0], Cast(floats, "i64").As<long>().ToArray());
        Assert.Equal([-1, 0, 0, 0, int.MaxValue, 0], Cast(floats, "i32").As<int>().ToArray());
        Assert.Equal([1, 0, 0, 1, 1, 1], Cast(floats, "bool").As<byte>().ToArray());
        Assert.Equal([-1.75, 0, -0.0, 0.5, 3e9, double.NaN], Cast(floats, "f64").As<double>().ToArray());
        Assert.Equal([0.5f, 1, 65504], Cast(TensorData.Of<Half>(DType.F16, [3], [(Half)0.5f, (Half)1, Half.MaxValue]), "f32").As<float>().ToArray());
        var longs = TensorData.Longs([4], -1, 0, 258, 1L << 40);
        Assert.Equal([-1, 0, 258, 1L << 40], Cast(longs, "f32").As<float>().ToArray());
        Assert.Equal([255, 0, 2, 0], Cast(longs, "u8").As<byte>().ToArray());
        Assert.Equal([-1, 0, 258, 0], Cast(longs, "i32").As<int>().ToArray());
        Assert.Equal([1, 0, 1, 1], Cast(longs, "bool").As<byte>().ToArray());
        Assert.Equal([1, 0, 1], Cast(TensorData.Of<byte>(DType.Bool, [3], [1, 0, 1]), "f32").As<float>().ToArray());
        Assert.Equal([1, 0, 1], Cast(TensorData.Of<byte>(DType.Bool, [3], [1, 0, 1]), "i64").As<long>().ToArray());

        static TensorData Cast(TensorData x, string type) => KernelProbe.Run("Cast", [x], $"{type}[{x.Count}]");
    }
}
