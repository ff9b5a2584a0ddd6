using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>-1, 0 or 1; its slope is 0.</summary>
[Kernel("Sign")]
[Kernel("grad.Sign")]
public readonly struct Sign : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Sign(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => 0f;
}

/// <summary>The largest whole number that is not above x; slope 0.</summary>
[Kernel("Floor")]
[Kernel("grad.Floor")]
public readonly struct Floor : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.Floor(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => 0f;
}

/// <summary>The smallest whole number that is not below x; slope 0.</summary>
[Kernel("Ceil")]
[Kernel("grad.Ceil")]
public readonly struct Ceil : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => -T.Floor(-x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => 0f;
}

/// <summary>The nearest whole number, halves to even; slope 0.</summary>
[Kernel("Round")]
[Kernel("grad.Round")]
public readonly struct Round : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.Round(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => 0f;
}
