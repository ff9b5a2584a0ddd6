using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>½·x·(1 + erf(x/√2)): the op's form without <c>approximate</c>.</summary>
public readonly struct Gelu : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T>
    {
        var half = 0.5f * x;
        return half + half * FloatMath.Erf(x * 0.707106781186547524f);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T>
    {
        var cdf = 0.5f + 0.5f * FloatMath.Erf(v * 0.707106781186547524f);
        var pdf = 0.398942280401432678f * FloatMath.Exp(-0.5f * (v * v));
        return dy * (cdf + v * pdf);
    }
}
