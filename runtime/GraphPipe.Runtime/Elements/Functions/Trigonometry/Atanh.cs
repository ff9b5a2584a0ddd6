using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>Inverse hyperbolic tangent.</summary>
[Kernel("Atanh")]
[Kernel("grad.Atanh")]
public readonly struct Atanh : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Atanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy / ((1f - v) * (1f + v));
}
