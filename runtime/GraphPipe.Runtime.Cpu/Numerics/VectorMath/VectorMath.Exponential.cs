using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>
/// Elementary functions of 16 floats. Errors are a few units in the last place (ulp); NaN in, NaN out. Polynomials are those of the
/// Cephes library (S. Moshier) unless said otherwise.
/// </summary>
public static partial class VectorMath
{
    private const float Log2E = 1.44269504088896341f;

    // ln 2 in two parts; the first has so few bits that its product with an exponent is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>e^x. Overflows to infinity above 88.72, denormal below -87.3, zero below -104.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        x = Clamp(x, -105f, 89f);
        var n = Vector512.Round(x * Vector512.Create(Log2E));
        var p = ExpReducedMinus1(x, n) + Vector512<float>.One;

        // 2^n in two factors: n reaches 128 and -151, beyond what one exponent field holds.
        var i = Vector512.ConvertToInt32Native(n);
        var half = i >> 1;
        return p * PowerOfTwo(half) * PowerOfTwo(i - half);
    }

    /// <summary>e^x - 1 without cancellation near zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Expm1(Vector512<float> x)
    {
        x = Clamp(x, -30f, 89f);
        var n = Vector512.Round(x * Vector512.Create(Log2E));
        var q = ExpReducedMinus1(x, n);

        // Half of 2^n, doubled at the end, so that n = 128 does not overflow early.
        var scale = PowerOfTwo(Vector512.ConvertToInt32Native(n) - Vector512<int>.One);
        var half = Vector512.FusedMultiplyAdd(scale, q, scale - Vector512.Create(0.5f));
        return half + half;
    }

    /// <summary>1 / (1 + e^-x), accurate in both tails.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x)
    {
        var e = Exp(-Vector512.Abs(x));
        var top = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), e, Vector512<float>.One);
        return top / (Vector512<float>.One + e);
    }

    /// <summary>Hyperbolic tangent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Tanh(Vector512<float> x)
    {
        var magnitude = Vector512.Abs(x);
        var z = x * x;
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(-5.70498872745E-3f), z, Vector512.Create(2.06390887954E-2f));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(-5.37397155531E-2f));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(1.33314422036E-1f));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(-3.33332819422E-1f));
        var small = Vector512.FusedMultiplyAdd(p * z, x, x);

        var e = Exp(magnitude + magnitude);
        var large = CopySign(Vector512<float>.One - Vector512.Create(2f) / (e + Vector512<float>.One), x);
        return Vector512.ConditionalSelect(Vector512.LessThan(magnitude, Vector512.Create(0.625f)), small, large);
    }

    /// <summary>log(1 + e^x), for every x: max(x, 0) + log1p(e^-|x|).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Softplus(Vector512<float> x)
    {
        var t = Exp(-Vector512.Abs(x));
        return PositivePart(x) + Log1p(t);
    }

    /// <summary>x where x &gt; 0, zero where not, NaN where NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> PositivePart(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.LessThanOrEqual(x, Vector512<float>.Zero), Vector512<float>.Zero, x);

    /// <summary>The magnitude of one, the sign bit of the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> CopySign(Vector512<float> magnitude, Vector512<float> sign)
    {
        var bit = Vector512.Create(-0f);
        return (magnitude & ~bit) | (sign & bit);
    }

    /// <summary>e^r - 1 for the rest r = x - n·ln 2, |r| ≤ ln 2 / 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> ExpReducedMinus1(Vector512<float> x, Vector512<float> n)
    {
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(1.9875691500E-4f), r, Vector512.Create(1.3981999507E-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073E-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894E-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459E-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201E-1f));
        return Vector512.FusedMultiplyAdd(p, r * r, r);
    }

    /// <summary>2^i for -126 ≤ i ≤ 127, straight into the exponent field.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> PowerOfTwo(Vector512<int> i) => ((i + Vector512.Create(127)) << 23).AsSingle();

    /// <summary>Limits x to [low, high]; NaN stays NaN, which MinNative and MaxNative keep only as the second operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Clamp(Vector512<float> x, float low, float high) =>
        Vector512.MinNative(Vector512.Create(high), Vector512.MaxNative(Vector512.Create(low), x));
}
