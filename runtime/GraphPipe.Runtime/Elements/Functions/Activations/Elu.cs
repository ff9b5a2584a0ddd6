using System.Runtime.CompilerServices;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Elements;

/// <summary>x above zero, alpha·(e^x - 1) at and below.</summary>
[Kernel("Elu")]
[Kernel("grad.Elu")]
public readonly struct Elu : IDifferentiable
{
    public static OpConstants Constants(Attributes attributes) => new(attributes.Float("alpha", 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.WhereGreater(x, 0f, x, c.A * FloatMath.Expm1(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => T.WhereGreater(v, 0f, dy, dy * (c.A * FloatMath.Exp(v)));
}
