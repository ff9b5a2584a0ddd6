using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>Sine of radians.</summary>
[Kernel("Sin")]
[Kernel("grad.Sin")]
public readonly struct Sin : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.Sin(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy * T.Cos(v);
}

/// <summary>Cosine of radians.</summary>
[Kernel("Cos")]
[Kernel("grad.Cos")]
public readonly struct Cos : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.Cos(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => -(dy * T.Sin(v));
}

/// <summary>Tangent of radians.</summary>
[Kernel("Tan")]
[Kernel("grad.Tan")]
public readonly struct Tan : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.Tan(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T>
    {
        var cos = T.Cos(v);
        return dy / (cos * cos);
    }
}

/// <summary>Arc sine, in radians.</summary>
[Kernel("Asin")]
[Kernel("grad.Asin")]
public readonly struct Asin : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Asin(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy / T.Sqrt((1f - v) * (1f + v));
}

/// <summary>Arc cosine, in radians.</summary>
[Kernel("Acos")]
[Kernel("grad.Acos")]
public readonly struct Acos : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Acos(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => -dy / T.Sqrt((1f - v) * (1f + v));
}

/// <summary>Arc tangent, in radians.</summary>
[Kernel("Atan")]
[Kernel("grad.Atan")]
public readonly struct Atan : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Atan(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy / (1f + v * v);
}
