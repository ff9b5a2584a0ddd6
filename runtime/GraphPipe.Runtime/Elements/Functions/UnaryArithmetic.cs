using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>-x.</summary>
[Kernel("Neg")]
[Kernel("grad.Neg")]
public readonly struct Neg : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => -x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => -dy;
}

/// <summary>|x|; slope 0 at 0.</summary>
[Kernel("Abs")]
[Kernel("grad.Abs")]
public readonly struct Abs : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.Abs(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy * FloatMath.Sign(v);
}

/// <summary>1/x; the gradient reads x.</summary>
[Kernel("Reciprocal")]
[Kernel("grad.Reciprocal")]
public readonly struct Reciprocal : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => 1f / x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T>
    {
        var y = 1f / v;
        return -(dy * (y * y));
    }
}

/// <summary>√x; the gradient reads the result.</summary>
[Kernel("Sqrt")]
[Kernel("grad.Sqrt")]
public readonly struct Sqrt : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.Sqrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy / (v + v);
}
