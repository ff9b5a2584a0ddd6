using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>An operator whose gradient is written with its result, where only its input was kept: the result is computed again.</summary>
public readonly struct FromInput<T>(T op) : IUnary
    where T : struct, IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        op.Apply(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        op.Gradient(dy, x, op.Apply(x));
}
