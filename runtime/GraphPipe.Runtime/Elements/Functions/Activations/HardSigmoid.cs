using System.Runtime.CompilerServices;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Elements;

/// <summary>alpha·x + beta limited to [0, 1]; slope 0 from the corners on.</summary>
[Kernel("HardSigmoid")]
[Kernel("grad.HardSigmoid")]
public readonly struct HardSigmoid : IDifferentiable
{
    public static OpConstants Constants(Attributes attributes) => new(attributes.Float("alpha", 0.2f), attributes.Float("beta", 0.5f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.Clamp(c.A * x + c.B, 0f, 1f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T>
    {
        var t = c.A * v + c.B;
        return T.WhereGreater(t, 0f, T.WhereLess(t, 1f, c.A * dy, 0f), 0f);
    }
}
