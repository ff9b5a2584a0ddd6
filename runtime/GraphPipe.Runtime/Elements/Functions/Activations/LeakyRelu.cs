using System.Runtime.CompilerServices;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Elements;

/// <summary>x above zero, alpha·x at and below.</summary>
[Kernel("LeakyRelu")]
[Kernel("grad.LeakyRelu")]
public readonly struct LeakyRelu : IDifferentiable
{
    public static OpConstants Constants(Attributes attributes) => new(attributes.Float("alpha", 0.01f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.WhereGreater(x, 0f, x, c.A * x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => T.WhereGreater(v, 0f, dy, c.A * dy);
}
