using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>Arc tangent, in radians.</summary>
[Kernel("Atan")]
[Kernel("grad.Atan")]
public readonly struct Atan : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Atan(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy / (1f + v * v);
}
