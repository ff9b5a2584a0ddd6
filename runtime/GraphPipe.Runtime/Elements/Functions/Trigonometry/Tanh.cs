using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>Hyperbolic tangent; the gradient reads the result.</summary>
[Kernel("Tanh")]
[Kernel("grad.Tanh")]
public readonly struct Tanh : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy * (1f - v * v);
}
