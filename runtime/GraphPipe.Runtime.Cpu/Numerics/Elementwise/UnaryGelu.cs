using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>½·x·(1 + erf(x/√2)).</summary>
public readonly struct Gelu : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x)
    {
        var half = Vector512.Create(0.5f) * x;
        return half + half * VectorMath.Erf(x * Vector512.Create(0.707106781186547524f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y)
    {
        var cdf = Vector512.Create(0.5f) + Vector512.Create(0.5f) * VectorMath.Erf(x * Vector512.Create(0.707106781186547524f));
        var pdf = Vector512.Create(0.398942280401432678f) * VectorMath.Exp(Vector512.Create(-0.5f) * (x * x));
        return dy * (cdf + x * pdf);
    }
}

/// <summary>½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))).</summary>
public readonly struct GeluTanh : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Inner(Vector512<float> x) =>
        Vector512.Create(0.797884560802865356f) * (x + Vector512.Create(0.044715f) * (x * x * x));

    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x)
    {
        var half = Vector512.Create(0.5f) * x;
        return half + half * VectorMath.Tanh(Inner(x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y)
    {
        var t = VectorMath.Tanh(Inner(x));
        var slope = Vector512.Create(0.797884560802865356f) * (Vector512<float>.One + Vector512.Create(0.134145f) * (x * x));
        return dy * (Vector512.Create(0.5f) * (Vector512<float>.One + t) + Vector512.Create(0.5f) * x * (Vector512<float>.One - t * t) * slope);
    }
}
