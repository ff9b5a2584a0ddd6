using System.Runtime.Intrinsics;
using GraphPipe.Runtime.Cpu.Numerics;
using GraphPipe.Runtime.Elements;
using Xunit;

namespace GraphPipe.Tests.Numerics;

public sealed class FloatMathTests
{
    /// <summary>Distance in units of the last place of the true value, for every 997th float pattern of the range and its edges.</summary>
    private static void Within(double ulps, float low, float high, Func<Vector512<float>, Vector512<float>> f, Func<double, double> truth)
    {
        double worst = 0;
        float worstAt = 0;
        for (uint pattern = 1; pattern < 0x7F800000; pattern += 9973)
        {
            for (int sign = 0; sign < 2; sign++)
            {
                float x = BitConverter.UInt32BitsToSingle(pattern | (sign == 0 ? 0 : 0x80000000));
                if (x < low || x > high) continue;
                float got = f(Vector512.Create(x))[7];
                double expected = truth(x);
                double place = Math.Max((double)MathF.BitIncrement(Math.Abs((float)expected)) - Math.Abs((double)(float)expected), float.Epsilon);
                if (((float)expected).Equals(got) || (float)expected == got) continue;
                double distance = Math.Abs(got - expected) / place;
                if (!(distance <= worst)) (worst, worstAt) = (distance, x);
            }
        }

        Assert.True(worst <= ulps, $"{worst:F2} ulp at {worstAt:R}: {f(Vector512.Create(worstAt))[0]:R} instead of {truth(worstAt):R}");
    }

    [Fact] public void Exp() => Within(1.2, float.MinValue, 88.7f, x => FloatMath.Exp<Floats16>(x), Math.Exp);

    [Fact] public void Expm1() => Within(3, float.MinValue, 88.7f, x => FloatMath.Expm1<Floats16>(x), x => Math.Abs(x) < 1e-5 ? x + x * x / 2 : Math.Exp(x) - 1);

    [Fact] public void Log() => Within(1.5, 0, float.MaxValue, x => FloatMath.Log<Floats16>(x), Math.Log);

    [Fact] public void Log1p() => Within(2.5, 0, 1, x => FloatMath.Log1p<Floats16>(x), x => x < 1e-5 ? x - x * x / 2 : Math.Log(1 + x));

    [Fact] public void Tanh() => Within(2.5, float.MinValue, float.MaxValue, x => FloatMath.Tanh<Floats16>(x), Math.Tanh);

    [Fact] public void Sigmoid() => Within(3, float.MinValue, float.MaxValue, x => FloatMath.Sigmoid<Floats16>(x), x => 1 / (1 + Math.Exp(-x)));

    [Fact]
    public void Softplus() => Within(
        3, float.MinValue, float.MaxValue, x => FloatMath.Softplus<Floats16>(x), x => x < -15 ? Math.Exp(x) - Math.Exp(2 * x) / 2 : x > 40 ? x : Math.Log(1 + Math.Exp(x)));

    [Fact] public void Erf() => Within(2, float.MinValue, float.MaxValue, x => FloatMath.Erf<Floats16>(x), Reference.Erf);

    [Fact] public void Sin() => Within(2, -1e5f, 1e5f, Vector512.Sin, Math.Sin);

    [Fact] public void Cos() => Within(2, -1e5f, 1e5f, Vector512.Cos, Math.Cos);

    [Theory]
    [InlineData(0.5f)]
    [InlineData(2f)]
    [InlineData(3f)]
    [InlineData(-1f)]
    [InlineData(-2.5f)]
    [InlineData(1.7f)]
    [InlineData(0f)]
    [InlineData(17f)]
    public void Pow(float y) => Within(1, float.MinValue, float.MaxValue, x => VectorMath.Pow(x, Vector512.Create(y)), x => Math.Pow(x, y));

    private static float LaneOf(Vector512<float> v) => v[3];

    public static TheoryData<float> Special() => new() { 0f, -0f, 1f, -1f, 2f, -3f, 0.5f, float.PositiveInfinity, float.NegativeInfinity, float.NaN };

    [Theory]
    [MemberData(nameof(Special))]
    public void Special_values(float x)
    {
        var v = Vector512.Create(x);
        Assert.Equal(MathF.Exp(x), LaneOf(FloatMath.Exp<Floats16>(v)), 1e-6f);
        Assert.Equal(MathF.Exp(x) - 1, LaneOf(FloatMath.Expm1<Floats16>(v)), 1e-5f);
        Assert.Equal(MathF.Log(x), LaneOf(FloatMath.Log<Floats16>(v)), 1e-6f);
        Assert.Equal(MathF.Tanh(x), LaneOf(FloatMath.Tanh<Floats16>(v)), 1e-6f);
        Assert.Equal(1 / (1 + MathF.Exp(-x)), LaneOf(FloatMath.Sigmoid<Floats16>(v)), 1e-6f);
        Assert.Equal((float)Reference.Erf(x), LaneOf(FloatMath.Erf<Floats16>(v)), 1e-6f);
        foreach (var row in Special())
        {
            float y = row.Data;
            float got = VectorMath.Pow(v, Vector512.Create(y))[3], expected = MathF.Pow(x, y);
            if (y == 0.5f && x == float.NegativeInfinity) continue;
            Assert.True(expected.Equals(got) || MathF.Abs(expected - got) < 1e-6f, $"{x}^{y} = {got} instead of {expected}");
        }
    }
}
