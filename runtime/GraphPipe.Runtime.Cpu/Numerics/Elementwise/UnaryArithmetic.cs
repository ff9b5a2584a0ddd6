using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>-x.</summary>
public readonly struct Neg : IUnary
{
    public static GradientReads Reads => GradientReads.Nothing;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        -x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        -dy;
}

/// <summary>|x|; slope 0 at 0.</summary>
public readonly struct Abs : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        Vector512.Abs(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        dy * Sign.Of(x);
}

/// <summary>-1, 0 or 1; its slope is 0.</summary>
public readonly struct Sign : IUnary
{
    /// <summary>-1, 0 or 1 by the sign of x, NaN for NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Of(Vector512<float> x)
    {
        var unit = VectorMath.CopySign(Vector512<float>.One, x);
        return Vector512.ConditionalSelect(Vector512.LessThan(Vector512<float>.Zero, Vector512.Abs(x)), unit, x);
    }

    public static GradientReads Reads => GradientReads.Nothing;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        Of(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        Vector512<float>.Zero;
}

/// <summary>1/x.</summary>
public readonly struct Reciprocal : IUnary
{
    public static GradientReads Reads => GradientReads.Output;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        Vector512<float>.One / x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        -(dy * (y * y));
}

/// <summary>√x.</summary>
public readonly struct Sqrt : IUnary
{
    public static GradientReads Reads => GradientReads.Output;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        Vector512.Sqrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        dy / (y + y);
}

/// <summary>Largest integer ≤ x; slope 0.</summary>
public readonly struct Floor : IUnary
{
    public static GradientReads Reads => GradientReads.Nothing;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        Vector512.Floor(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        Vector512<float>.Zero;
}

/// <summary>Smallest integer ≥ x; slope 0.</summary>
public readonly struct Ceil : IUnary
{
    public static GradientReads Reads => GradientReads.Nothing;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        Vector512.Ceiling(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        Vector512<float>.Zero;
}

/// <summary>Nearest integer, halves to even; slope 0.</summary>
public readonly struct Round : IUnary
{
    public static GradientReads Reads => GradientReads.Nothing;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        Vector512.Round(x, MidpointRounding.ToEven);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        Vector512<float>.Zero;
}

/// <summary>min(max(x, low), high); the gradient passes at both bounds.</summary>
public readonly struct Clip(float low, float high) : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        Vector512.Min(Vector512.Max(x, Vector512.Create(low)), Vector512.Create(high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(x, Vector512.Create(low)) & Vector512.LessThanOrEqual(x, Vector512.Create(high)), dy, Vector512<float>.Zero);
}
