using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Tangent of radians.</summary>
public readonly struct Tan : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x)
    {
        var (sin, cos) = Vector512.SinCos(x);
        return sin / cos;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y)
    {
        var cos = Vector512.Cos(x);
        return dy / (cos * cos);
    }
}

/// <summary>Arc sine, in radians.</summary>
public readonly struct Asin : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        VectorMath.Asin(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        dy / Vector512.Sqrt((Vector512<float>.One - x) * (Vector512<float>.One + x));
}

/// <summary>Arc cosine, in radians.</summary>
public readonly struct Acos : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        VectorMath.Acos(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        -dy / Vector512.Sqrt((Vector512<float>.One - x) * (Vector512<float>.One + x));
}

/// <summary>Arc tangent, in radians.</summary>
public readonly struct Atan : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        VectorMath.Atan(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        dy / (Vector512<float>.One + x * x);
}
