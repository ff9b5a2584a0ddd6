using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>
/// Elementary functions. Errors are a few units in the last place (ulp); NaN in, NaN out; the same bits on every device. Polynomials are those of the
/// Cephes library (S. Moshier) unless said otherwise.
/// </summary>
public static partial class FloatMath
{
    private const float Log2E = 1.44269504088896341f;

    // ln 2 in two parts; the first has so few bits that its product with an exponent is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>e^x. Overflows to infinity above 88.72, denormal below -87.3, zero below -104.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x)
        where T : struct, IFloats<T>
    {
        x = T.Clamp(x, -105f, 89f);
        var n = T.Nearest(x * Log2E);
        return T.Scale(ExpReducedMinus1(x, n) + 1f, n);
    }

    /// <summary>e^x - 1 without cancellation near zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Expm1<T>(T x)
        where T : struct, IFloats<T>
    {
        x = T.Clamp(x, -30f, 89f);
        var n = T.Nearest(x * Log2E);
        var q = ExpReducedMinus1(x, n);

        // Half of 2^n, doubled at the end, so that n = 128 does not overflow early.
        var scale = T.PowerOfTwo(n - 1f);
        var half = T.MultiplyAdd(scale, q, scale - 0.5f);
        return half + half;
    }

    /// <summary>1/(1 + e^-x), accurate in both tails.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<T>(T x)
        where T : struct, IFloats<T>
    {
        var e = Exp(-T.Abs(x));
        return T.WhereLess(x, 0f, e, 1f) / (1f + e);
    }

    /// <summary>Hyperbolic tangent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tanh<T>(T x)
        where T : struct, IFloats<T>
    {
        var a = T.Abs(x);
        var z = x * x;
        var p = T.MultiplyAdd(-5.70498872745E-3f, z, 2.06390887954E-2f);
        p = T.MultiplyAdd(p, z, -5.37397155531E-2f);
        p = T.MultiplyAdd(p, z, 1.33314422036E-1f);
        p = T.MultiplyAdd(p, z, -3.33332819422E-1f);
        var small = T.MultiplyAdd(p * z, x, x);
        var large = T.CopySign(1f - 2f / (Exp(a + a) + 1f), x);
        return T.WhereLess(a, 0.625f, small, large);
    }

    /// <summary>log(1 + e^x), for every x: max(x, 0) + log1p(e^-|x|).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Softplus<T>(T x)
        where T : struct, IFloats<T> => PositivePart(x) + Log1p(Exp(-T.Abs(x)));

    /// <summary>x where x &gt; 0, zero where not, NaN where NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T PositivePart<T>(T x)
        where T : struct, IFloats<T> => T.WhereLessOrEqual(x, 0f, 0f, x);

    /// <summary>-1, 0 or 1 by the sign of x; NaN and zeros give themselves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sign<T>(T x)
        where T : struct, IFloats<T> => T.WhereGreater(T.Abs(x), 0f, T.CopySign(1f, x), x);

    /// <summary>The error function. Two minimax polynomials by N. Juffa (public domain): x near zero, 1 - e^p(x) beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Erf<T>(T x)
        where T : struct, IFloats<T>
    {
        // From 4 on, the value rounds to one.
        var a = T.Abs(x);
        var t = T.WhereGreater(a, 4f, 4f, a);
        var s = x * x;
        var u = t * t;
        var r = T.MultiplyAdd(-1.72853470e-5f, t, 3.83197126e-4f);
        var v = T.MultiplyAdd(-3.88396438e-3f, t, 2.42546219e-2f);
        r = T.MultiplyAdd(r, u, v);
        r = T.MultiplyAdd(r, t, -1.06777877e-1f);
        r = T.MultiplyAdd(r, t, -6.34846687e-1f);
        r = T.MultiplyAdd(r, t, -1.28717512e-1f);
        r = T.MultiplyAdd(r, t, -t);
        var large = T.CopySign(1f - Exp(r), x);
        var p = T.MultiplyAdd(-5.96761703e-4f, s, 4.99119423e-3f);
        p = T.MultiplyAdd(p, s, -2.67681349e-2f);
        p = T.MultiplyAdd(p, s, 1.12819925e-1f);
        p = T.MultiplyAdd(p, s, -3.76125336e-1f);
        p = T.MultiplyAdd(p, s, 1.28379166e-1f);
        return T.WhereGreater(t, 0.927734375f, large, T.MultiplyAdd(p, x, x));
    }

    /// <summary>e^r - 1 for the rest r = x - n·ln 2, |r| ≤ ln 2 / 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ExpReducedMinus1<T>(T x, T n)
        where T : struct, IFloats<T>
    {
        var r = T.MultiplyAdd(n, -Ln2High, x);
        r = T.MultiplyAdd(n, -Ln2Low, r);
        var p = T.MultiplyAdd(1.9875691500E-4f, r, 1.3981999507E-3f);
        p = T.MultiplyAdd(p, r, 8.3334519073E-3f);
        p = T.MultiplyAdd(p, r, 4.1665795894E-2f);
        p = T.MultiplyAdd(p, r, 1.6666665459E-1f);
        p = T.MultiplyAdd(p, r, 5.0000001201E-1f);
        return T.MultiplyAdd(p, r * r, r);
    }
}
