using System.Runtime.CompilerServices;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Elements;

/// <summary>x + bias below -lambd, x - bias above lambd, else 0.</summary>
[Kernel("Shrink")]
[Kernel("grad.Shrink")]
public readonly struct Shrink : IDifferentiable
{
    public static OpConstants Constants(Attributes attributes) => new(attributes.Float("bias", 0), attributes.Float("lambd", 0.5f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.WhereLess(x, -c.B, x + c.A, T.WhereGreater(x, c.B, x - c.A, 0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => T.WhereLess(v, -c.B, dy, T.WhereGreater(v, c.B, dy, 0f));
}
