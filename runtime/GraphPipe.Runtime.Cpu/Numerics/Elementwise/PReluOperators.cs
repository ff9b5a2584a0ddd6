using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>x above zero, slope·x at and below.</summary>
public readonly struct PReluOp : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> x, Vector512<float> slope) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), x, slope * x);
}

/// <summary>Gradient of PRelu to x: dy above zero, slope·dy at and below.</summary>
public readonly struct PReluGradientX : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> dy, Vector512<float> x, Vector512<float> slope) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), dy, slope * dy);
}

/// <summary>Gradient of PRelu to the slope, element by element: 0 above zero, dy·x at and below.</summary>
public readonly struct PReluGradientSlope : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> dy, Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), Vector512<float>.Zero, dy * x);
}
