using System.Runtime.CompilerServices;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Elements;

/// <summary>gamma times x above zero, gamma·alpha·(e^x - 1) at and below.</summary>
[Kernel("Selu")]
[Kernel("grad.Selu")]
public readonly struct Selu : IDifferentiable
{
    public static OpConstants Constants(Attributes attributes) => new(attributes.Float("alpha", 1.67326319217681884765625f), attributes.Float("gamma", 1.05070102214813232421875f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => c.B * T.WhereGreater(x, 0f, x, c.A * FloatMath.Expm1(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => c.B * T.WhereGreater(v, 0f, dy, dy * (c.A * FloatMath.Exp(v)));
}
