using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))): with <c>approximate</c> = tanh.</summary>
public readonly struct GeluTanh : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T>
    {
        var half = 0.5f * x;
        return half + half * FloatMath.Tanh(Inner(x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T>
    {
        var t = FloatMath.Tanh(Inner(v));
        var slope = 0.797884560802865356f * (1f + 0.134145f * (v * v));
        return dy * (0.5f * (1f + t) + 0.5f * v * (1f - t * t) * slope);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Inner<T>(T x)
        where T : struct, IFloats<T> => 0.797884560802865356f * (x + 0.044715f * (x * x * x));
}
