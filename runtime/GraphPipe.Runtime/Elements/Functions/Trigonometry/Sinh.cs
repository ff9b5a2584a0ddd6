using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>Hyperbolic sine.</summary>
[Kernel("Sinh")]
[Kernel("grad.Sinh")]
public readonly struct Sinh : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Sinh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy * FloatMath.Cosh(v);
}
