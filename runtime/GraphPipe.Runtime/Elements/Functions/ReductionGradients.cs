using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>dy·sign(x).</summary>
[Kernel("grad.ReduceL1")]
public readonly struct ReduceL1Gradient : IReductionGradient
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T x, T y)
        where T : struct, IFloats<T> => dy * FloatMath.Sign(x);
}

/// <summary>dy·x/y, 0 where y is 0.</summary>
[Kernel("grad.ReduceL2")]
public readonly struct ReduceL2Gradient : IReductionGradient
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T x, T y)
        where T : struct, IFloats<T> => T.WhereEqual(y, 0f, 0f, dy * (x / y));
}

/// <summary>2·dy·x.</summary>
[Kernel("grad.ReduceSumSquare")]
public readonly struct ReduceSumSquareGradient : IReductionGradient
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T x, T y)
        where T : struct, IFloats<T> => dy * (x + x);
}

/// <summary>dy/Σx.</summary>
[Kernel("grad.ReduceLogSum")]
public readonly struct ReduceLogSumGradient : IReductionGradient
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T x, T y)
        where T : struct, IFloats<T> => dy * FloatMath.Exp(-y);
}

/// <summary>dy·e^(x - y).</summary>
[Kernel("grad.ReduceLogSumExp")]
public readonly struct ReduceLogSumExpGradient : IReductionGradient
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T x, T y)
        where T : struct, IFloats<T> => dy * FloatMath.Exp(x - y);
}
