using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Hyperbolic sine.</summary>
public readonly struct Sinh : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        VectorMath.Sinh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        dy * VectorMath.Cosh(x);
}

/// <summary>Hyperbolic cosine.</summary>
public readonly struct Cosh : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        VectorMath.Cosh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        dy * VectorMath.Sinh(x);
}

/// <summary>Inverse hyperbolic sine.</summary>
public readonly struct Asinh : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        VectorMath.Asinh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        dy / VectorMath.RootOfSquarePlusOne(x);
}

/// <summary>Inverse hyperbolic cosine; NaN below 1.</summary>
public readonly struct Acosh : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        VectorMath.Acosh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        dy / (Vector512.Sqrt(x - Vector512<float>.One) * Vector512.Sqrt(x + Vector512<float>.One));
}

/// <summary>Inverse hyperbolic tangent.</summary>
public readonly struct Atanh : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        VectorMath.Atanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        dy / ((Vector512<float>.One - x) * (Vector512<float>.One + x));
}
