using System.Runtime.CompilerServices;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Elements;

/// <summary>x above zero, alpha·(e^(x/alpha) - 1) at and below.</summary>
[Kernel("Celu")]
[Kernel("grad.Celu")]
public readonly struct Celu : IDifferentiable
{
    public static OpConstants Constants(Attributes attributes) => new(attributes.Float("alpha", 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.WhereGreater(x, 0f, x, c.A * FloatMath.Expm1(x / c.A));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => T.WhereGreater(v, 0f, dy, dy * FloatMath.Exp(v / c.A));
}
