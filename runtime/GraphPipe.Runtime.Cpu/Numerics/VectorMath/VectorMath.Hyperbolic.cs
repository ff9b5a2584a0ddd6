using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

// Hyperbolic functions and their inverses.
public static partial class VectorMath
{
    /// <summary>Hyperbolic sine, exact near zero and up to the largest finite result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sinh(Vector512<float> x)
    {
        var half = Vector512.Create(0.5f);
        var a = Vector512.Abs(x);
        var e = Expm1(a);

        // e^a overflows before sinh a does: there the root of it is squared.
        var root = Exp(half * a);
        var small = half * (e + e / (e + Vector512<float>.One));
        return CopySign(Vector512.ConditionalSelect(Vector512.GreaterThan(a, Vector512.Create(80f)), half * root * root, small), x);
    }

    /// <summary>Hyperbolic cosine, up to the largest finite result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Cosh(Vector512<float> x)
    {
        var half = Vector512.Create(0.5f);
        var a = Vector512.Abs(x);
        var e = Exp(a);
        var root = Exp(half * a);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(a, Vector512.Create(80f)), half * root * root, half * e + half / e);
    }

    /// <summary>Inverse hyperbolic sine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Asinh(Vector512<float> x)
    {
        var a = Vector512.Abs(x);
        var near = Log1p(a + a * a / (Vector512<float>.One + Vector512.Sqrt(Vector512<float>.One + a * a)));
        return CopySign(Vector512.ConditionalSelect(Vector512.GreaterThan(a, Vector512.Create(1e9f)), LogOfTwice(a), near), x);
    }

    /// <summary>Inverse hyperbolic cosine; NaN below 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Acosh(Vector512<float> x)
    {
        var t = x - Vector512<float>.One;
        var near = Log1p(t + Vector512.Sqrt(t * (t + Vector512.Create(2f))));
        return Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512.Create(1e9f)), LogOfTwice(x), near);
    }

    /// <summary>Inverse hyperbolic tangent; infinite at -1 and 1, NaN beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Atanh(Vector512<float> x)
    {
        var a = Vector512.Abs(x);
        var inside = Vector512.Create(0.5f) * Log1p((a + a) / (Vector512<float>.One - a));
        return CopySign(Vector512.ConditionalSelect(Vector512.Equals(a, Vector512<float>.One), Vector512.Create(float.PositiveInfinity), inside), x);
    }

    /// <summary>√(x² + 1) without overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> RootOfSquarePlusOne(Vector512<float> x)
    {
        var a = Vector512.Abs(x);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(a, Vector512.Create(1e9f)), a, Vector512.Sqrt(a * a + Vector512<float>.One));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> LogOfTwice(Vector512<float> x) => Log(x) + Vector512.Create(0.693147180559945309f);
}
