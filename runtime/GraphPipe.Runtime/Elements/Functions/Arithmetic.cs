using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>a + b.</summary>
[Kernel("Add")]
public readonly struct Add : IArithmetic
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T a, T b)
        where T : struct, IFloats<T> => a + b;

    public static long Apply(long a, long b) => a + b;
}

/// <summary>a - b.</summary>
[Kernel("Sub")]
public readonly struct Sub : IArithmetic
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T a, T b)
        where T : struct, IFloats<T> => a - b;

    public static long Apply(long a, long b) => a - b;
}

/// <summary>a·b.</summary>
[Kernel("Mul")]
public readonly struct Mul : IArithmetic
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T a, T b)
        where T : struct, IFloats<T> => a * b;

    public static long Apply(long a, long b) => a * b;
}

/// <summary>a/b; whole numbers towards zero.</summary>
[Kernel("Div")]
public readonly struct Div : IArithmetic
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T a, T b)
        where T : struct, IFloats<T> => a / b;

    public static long Apply(long a, long b) => b == -1 ? -a : a / b;
}

/// <summary>The larger of a and b; NaN if either is.</summary>
[Kernel("Max")]
public readonly struct Max : IArithmetic
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T a, T b)
        where T : struct, IFloats<T> => T.Max(a, b);

    public static long Apply(long a, long b) => a > b ? a : b;
}

/// <summary>The smaller of a and b; NaN if either is.</summary>
[Kernel("Min")]
public readonly struct Min : IArithmetic
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T a, T b)
        where T : struct, IFloats<T> => T.Min(a, b);

    public static long Apply(long a, long b) => a < b ? a : b;
}

/// <summary>The part of dy for a of max(a, b): all where it is the larger, half where the two are equal.</summary>
[Kernel("grad.Max")]
public readonly struct MaxGradient : ISidedGradient
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T a, T b)
        where T : struct, IFloats<T> => T.WhereGreater(a, b, dy, T.WhereEqual(a, b, dy * 0.5f, 0f));
}

/// <summary>The part of dy for a of min(a, b): all where it is the smaller, half where the two are equal.</summary>
[Kernel("grad.Min")]
public readonly struct MinGradient : ISidedGradient
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T a, T b)
        where T : struct, IFloats<T> => T.WhereLess(a, b, dy, T.WhereEqual(a, b, dy * 0.5f, 0f));
}
