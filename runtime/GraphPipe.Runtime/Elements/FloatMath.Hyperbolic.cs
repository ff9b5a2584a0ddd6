using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

// Hyperbolic functions and their inverses.
public static partial class FloatMath
{
    // From here on adding 1 to a square changes nothing, and the square of more may overflow.
    private const float Large = 1e9f;

    /// <summary>Hyperbolic sine, exact near zero and up to the largest finite result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sinh<T>(T x)
        where T : struct, IFloats<T>
    {
        var a = T.Abs(x);
        var e = Expm1(a);

        // e^a overflows before sinh a does: there the root of it is squared.
        var root = Exp(0.5f * a);
        var small = 0.5f * (e + e / (e + 1f));
        return T.CopySign(T.WhereGreater(a, 80f, 0.5f * root * root, small), x);
    }

    /// <summary>Hyperbolic cosine, up to the largest finite result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Cosh<T>(T x)
        where T : struct, IFloats<T>
    {
        var a = T.Abs(x);
        var e = Exp(a);
        var root = Exp(0.5f * a);
        return T.WhereGreater(a, 80f, 0.5f * root * root, 0.5f * e + 0.5f / e);
    }

    /// <summary>Inverse hyperbolic sine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Asinh<T>(T x)
        where T : struct, IFloats<T>
    {
        var a = T.Abs(x);
        var near = Log1p(a + a * a / (1f + T.Sqrt(1f + a * a)));
        return T.CopySign(T.WhereGreater(a, Large, LogOfTwice(a), near), x);
    }

    /// <summary>Inverse hyperbolic cosine; NaN below 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Acosh<T>(T x)
        where T : struct, IFloats<T>
    {
        var t = x - 1f;
        var near = Log1p(t + T.Sqrt(t * (t + 2f)));
        return T.WhereGreater(x, Large, LogOfTwice(x), near);
    }

    /// <summary>Inverse hyperbolic tangent; infinite at -1 and 1, NaN beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Atanh<T>(T x)
        where T : struct, IFloats<T>
    {
        var a = T.Abs(x);
        var inside = 0.5f * Log1p((a + a) / (1f - a));
        return T.CopySign(T.WhereEqual(a, 1f, float.PositiveInfinity, inside), x);
    }

    /// <summary>√(x² + 1) without overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T RootOfSquarePlusOne<T>(T x)
        where T : struct, IFloats<T>
    {
        var a = T.Abs(x);
        return T.WhereGreater(a, Large, a, T.Sqrt(a * a + 1f));
    }
}
