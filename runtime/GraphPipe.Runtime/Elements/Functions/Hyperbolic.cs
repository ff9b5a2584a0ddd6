using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>Hyperbolic sine.</summary>
[Kernel("Sinh")]
[Kernel("grad.Sinh")]
public readonly struct Sinh : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Sinh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy * FloatMath.Cosh(v);
}

/// <summary>Hyperbolic cosine.</summary>
[Kernel("Cosh")]
[Kernel("grad.Cosh")]
public readonly struct Cosh : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Cosh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy * FloatMath.Sinh(v);
}

/// <summary>Inverse hyperbolic sine.</summary>
[Kernel("Asinh")]
[Kernel("grad.Asinh")]
public readonly struct Asinh : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Asinh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy / FloatMath.RootOfSquarePlusOne(v);
}

/// <summary>Inverse hyperbolic cosine; NaN below 1.</summary>
[Kernel("Acosh")]
[Kernel("grad.Acosh")]
public readonly struct Acosh : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Acosh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy / (T.Sqrt(v - 1f) * T.Sqrt(v + 1f));
}

/// <summary>Inverse hyperbolic tangent.</summary>
[Kernel("Atanh")]
[Kernel("grad.Atanh")]
public readonly struct Atanh : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Atanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy / ((1f - v) * (1f + v));
}
