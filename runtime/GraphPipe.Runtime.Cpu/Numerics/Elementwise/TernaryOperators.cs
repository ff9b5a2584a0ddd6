using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Gradient of a/b to b: -dy·(a/b)/b.</summary>
public readonly struct DivGradientB : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> dy, Vector512<float> a, Vector512<float> b) =>
        -dy * ((a / b) / b);
}

/// <summary>Gradient of a^b to a: dy·b·a^(b-1); 0 where b is 0.</summary>
public readonly struct PowGradientA : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> dy, Vector512<float> a, Vector512<float> b) =>
        Vector512.ConditionalSelect(Vector512.Equals(b, Vector512<float>.Zero), Vector512<float>.Zero, dy * (b * VectorMath.Pow(a, b - Vector512<float>.One)));
}

/// <summary>Gradient of y = a^b to b: dy·y·log a; 0 where a is 0 and b is not negative.</summary>
public readonly struct PowGradientB : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> dy, Vector512<float> a, Vector512<float> y) =>
        Vector512.ConditionalSelect(
            Vector512.Equals(a, Vector512<float>.Zero) & Vector512.LessThan(y, Vector512.Create(float.PositiveInfinity)), Vector512<float>.Zero, dy * (y * VectorMath.Log(a)));
}

/// <summary>Gradient of max(a, b) to a; half where the two are equal. With a and b exchanged it is the gradient to b.</summary>
public readonly struct MaxGradientA : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> dy, Vector512<float> a, Vector512<float> b) =>
        Vector512.ConditionalSelect(
            Vector512.GreaterThan(a, b), dy, Vector512.ConditionalSelect(Vector512.Equals(a, b), dy * Vector512.Create(0.5f), Vector512<float>.Zero));
}

/// <summary>Gradient of min(a, b) to a; half where the two are equal. With a and b exchanged it is the gradient to b.</summary>
public readonly struct MinGradientA : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> dy, Vector512<float> a, Vector512<float> b) =>
        Vector512.ConditionalSelect(
            Vector512.LessThan(a, b), dy, Vector512.ConditionalSelect(Vector512.Equals(a, b), dy * Vector512.Create(0.5f), Vector512<float>.Zero));
}

/// <summary>Gradient of Σ|x|: dy·sign(x); y is not read.</summary>
public readonly struct L1Gradient : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        dy * Sign.Of(x);
}

/// <summary>Gradient of Σx²: dy·2x; y is not read.</summary>
public readonly struct SumSquareGradient : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        dy * (x + x);
}

/// <summary>Gradient of y = √Σx²: dy·x/y, 0 where y is 0.</summary>
public readonly struct L2Gradient : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        Vector512.ConditionalSelect(Vector512.Equals(y, Vector512<float>.Zero), Vector512<float>.Zero, dy * (x / y));
}

/// <summary>Gradient of y = log Σe^x: dy·e^(x - y).</summary>
public readonly struct LogSumExpGradient : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        dy * VectorMath.Exp(x - y);
}

/// <summary>Gradient of y = log Σx: dy·e^-y; x is not read.</summary>
public readonly struct LogSumGradient : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        dy * VectorMath.Exp(-y);
}
