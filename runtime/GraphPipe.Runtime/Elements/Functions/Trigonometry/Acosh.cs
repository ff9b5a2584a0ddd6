using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>Inverse hyperbolic cosine; NaN below 1.</summary>
[Kernel("Acosh")]
[Kernel("grad.Acosh")]
public readonly struct Acosh : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Acosh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy / (T.Sqrt(v - 1f) * T.Sqrt(v + 1f));
}
