using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

// Arc functions: a polynomial near zero, reflected and shifted elsewhere.
public static partial class FloatMath
{
    private const float Pi = 3.14159265358979324f;
    private const float HalfPi = 1.57079632679489662f;
    private const float QuarterPi = 0.785398163397448310f;

    // tan(3π/8) and tan(π/8): from here on the reciprocal, and the quotient (a - 1)/(a + 1), are nearer to zero.
    private const float Far = 2.414213562373095f;
    private const float Middle = 0.4142135623730950f;

    /// <summary>Arc tangent; within 2 ulp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Atan<T>(T x)
        where T : struct, IFloats<T>
    {
        var a = T.Abs(x);
        var t = T.WhereGreater(a, Far, -1f / a, T.WhereGreater(a, Middle, (a - 1f) / (a + 1f), a));
        var shift = T.WhereGreater(a, Far, HalfPi, T.WhereGreater(a, Middle, QuarterPi, 0f));
        var z = t * t;
        var p = 8.05374449538e-2f * z - 1.38776856032e-1f;
        p = p * z + 1.99777106478e-1f;
        p = p * z - 3.33329491539e-1f;
        return T.CopySign(shift + (p * z * t + t), x);
    }

    /// <summary>Arc sine; within 2 ulp, NaN outside [-1, 1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Asin<T>(T x)
        where T : struct, IFloats<T>
    {
        var a = T.Abs(x);
        var near = AsinOfEnds(a);
        return T.CopySign(T.WhereGreater(a, 0.5f, HalfPi - (near + near), near), x);
    }

    /// <summary>Arc cosine; within 2 ulp, NaN outside [-1, 1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Acos<T>(T x)
        where T : struct, IFloats<T>
    {
        var a = T.Abs(x);
        var near = AsinOfEnds(a);
        var twice = near + near;
        var ends = T.WhereLess(x, 0f, Pi - twice, twice);
        return T.WhereGreater(a, 0.5f, ends, HalfPi - T.CopySign(near, x));
    }

    // The arc sine of a up to ½, of √((1 - a)/2) above.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T AsinOfEnds<T>(T a)
        where T : struct, IFloats<T>
    {
        var half = 0.5f * (1f - a);
        var t = T.WhereGreater(a, 0.5f, T.Sqrt(half), a);
        var z = T.WhereGreater(a, 0.5f, half, a * a);
        var p = 4.2163199048e-2f * z + 2.4181311049e-2f;
        p = p * z + 4.5470025998e-2f;
        p = p * z + 7.4953002686e-2f;
        p = p * z + 1.6666752422e-1f;
        return p * z * t + t;
    }
}
