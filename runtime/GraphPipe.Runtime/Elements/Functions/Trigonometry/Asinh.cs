using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>Inverse hyperbolic sine.</summary>
[Kernel("Asinh")]
[Kernel("grad.Asinh")]
public readonly struct Asinh : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Asinh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy / FloatMath.RootOfSquarePlusOne(v);
}
