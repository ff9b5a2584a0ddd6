using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>a + b.</summary>
public readonly struct AddOp : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) =>
        a + b;
}

/// <summary>a - b.</summary>
public readonly struct SubOp : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) =>
        a - b;
}

/// <summary>a·b.</summary>
public readonly struct MulOp : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) =>
        a * b;
}

/// <summary>a/b.</summary>
public readonly struct DivOp : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) =>
        a / b;
}

/// <summary>a to the power b.</summary>
public readonly struct PowOp : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) =>
        VectorMath.Pow(a, b);
}

/// <summary>The larger; NaN if either is.</summary>
public readonly struct MaxOp : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) =>
        Vector512.Max(a, b);
}

/// <summary>The smaller; NaN if either is.</summary>
public readonly struct MinOp : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) =>
        Vector512.Min(a, b);
}

/// <summary>a = b.</summary>
public readonly struct EqualOp : IRelation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) =>
        Vector512.Equals(a, b);
}

/// <summary>a &lt; b.</summary>
public readonly struct LessOp : IRelation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) =>
        Vector512.LessThan(a, b);
}

/// <summary>a ≤ b.</summary>
public readonly struct LessOrEqualOp : IRelation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) =>
        Vector512.LessThanOrEqual(a, b);
}

/// <summary>a &gt; b.</summary>
public readonly struct GreaterOp : IRelation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) =>
        Vector512.GreaterThan(a, b);
}

/// <summary>a ≥ b.</summary>
public readonly struct GreaterOrEqualOp : IRelation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) =>
        Vector512.GreaterThanOrEqual(a, b);
}
