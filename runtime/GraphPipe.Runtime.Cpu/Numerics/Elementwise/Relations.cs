using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>A relation of a and b; all bits of a lane are set where it holds.</summary>
public interface IRelation
{
    static abstract Vector512<float> Apply(Vector512<float> a, Vector512<float> b);
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
