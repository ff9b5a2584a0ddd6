using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>1/(1 + e^-x); the gradient reads the result.</summary>
[Kernel("Sigmoid")]
[Kernel("grad.Sigmoid")]
public readonly struct Sigmoid : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy * ((1f - v) * v);
}
