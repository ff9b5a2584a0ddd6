using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>e^x; the gradient reads x.</summary>
[Kernel("Exp")]
[Kernel("grad.Exp")]
public readonly struct Exp : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Exp(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy * FloatMath.Exp(v);
}

/// <summary>Natural logarithm.</summary>
[Kernel("Log")]
[Kernel("grad.Log")]
public readonly struct Log : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Log(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy / v;
}

/// <summary>1/(1 + e^-x); the gradient reads the result.</summary>
[Kernel("Sigmoid")]
[Kernel("grad.Sigmoid")]
public readonly struct Sigmoid : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy * ((1f - v) * v);
}

/// <summary>Hyperbolic tangent; the gradient reads the result.</summary>
[Kernel("Tanh")]
[Kernel("grad.Tanh")]
public readonly struct Tanh : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy * (1f - v * v);
}

/// <summary>The error function.</summary>
[Kernel("Erf")]
[Kernel("grad.Erf")]
public readonly struct Erf : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Erf(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy * (1.12837916709551257f * FloatMath.Exp(-(v * v)));
}
