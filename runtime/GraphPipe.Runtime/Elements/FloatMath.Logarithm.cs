using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

public static partial class FloatMath
{
    private const float Ln2 = 0.693147180559945309f;
    private const float SmallestNormal = 1.17549435e-38f;

    /// <summary>Natural logarithm: -∞ at zero, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log<T>(T x)
        where T : struct, IFloats<T>
    {
        // Denormals are scaled up by 2^23 first.
        var scaled = T.WhereLess(x, SmallestNormal, x * 8388608f, x);
        var e = T.Exponent(scaled) + T.WhereLess(x, SmallestNormal, -23f, 0f);
        var f = T.Significand(scaled) - 1f;
        var p = T.MultiplyAdd(7.0376836292E-2f, f, -1.1514610310E-1f);
        p = T.MultiplyAdd(p, f, 1.1676998740E-1f);
        p = T.MultiplyAdd(p, f, -1.2420140846E-1f);
        p = T.MultiplyAdd(p, f, 1.4249322787E-1f);
        p = T.MultiplyAdd(p, f, -1.6668057665E-1f);
        p = T.MultiplyAdd(p, f, 2.0000714765E-1f);
        p = T.MultiplyAdd(p, f, -2.4999993993E-1f);
        p = T.MultiplyAdd(p, f, 3.3333331174E-1f);
        var z = f * f;
        var y = T.MultiplyAdd(p * f, z, e * Ln2Low);
        y = T.MultiplyAdd(-0.5f, z, y);
        y = T.MultiplyAdd(e, Ln2High, f + y);

        // +∞ and NaN give themselves.
        y = T.WhereLess(x, float.PositiveInfinity, y, x);
        y = T.WhereEqual(x, 0f, float.NegativeInfinity, y);
        return T.WhereLess(x, 0f, float.NaN, y);
    }

    /// <summary>log(1 + t) for t ≥ 0; what rounding takes from 1 + t is put back to first order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log1p<T>(T t)
        where T : struct, IFloats<T>
    {
        var u = 1f + t;
        return Log(u) + (t - (u - 1f)) / u;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T LogOfTwice<T>(T x)
        where T : struct, IFloats<T> => Log(x) + Ln2;
}
