using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>Hyperbolic cosine.</summary>
[Kernel("Cosh")]
[Kernel("grad.Cosh")]
public readonly struct Cosh : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Cosh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy * FloatMath.Sinh(v);
}
