using System.Runtime.CompilerServices;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Elements;

/// <summary>x·sigmoid(alpha·x); SiLU when alpha is one.</summary>
[Kernel("Swish")]
[Kernel("grad.Swish")]
public readonly struct Swish : IDifferentiable
{
    public static OpConstants Constants(Attributes attributes) => new(attributes.Float("alpha", 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => x * FloatMath.Sigmoid(c.A * x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T>
    {
        var s = FloatMath.Sigmoid(c.A * v);
        return dy * (s + c.A * v * (s * (1f - s)));
    }
}
