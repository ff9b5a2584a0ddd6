using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>The error function.</summary>
[Kernel("Erf")]
[Kernel("grad.Erf")]
public readonly struct Erf : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Erf(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy * (1.12837916709551257f * FloatMath.Exp(-(v * v)));
}
