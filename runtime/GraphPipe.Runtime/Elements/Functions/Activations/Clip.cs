using System.Runtime.CompilerServices;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Elements;

/// <summary>x limited to [min, max], an absent bound is open; slope 1 at the bounds.</summary>
[Kernel("Clip")]
[Kernel("grad.Clip")]
public readonly struct Clip : IDifferentiable
{
    public static OpConstants Constants(Attributes attributes) => new(attributes.Float("min", float.NegativeInfinity), attributes.Float("max", float.PositiveInfinity));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.Min(T.Max(x, c.A), c.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => T.WhereLess(v, c.A, 0f, T.WhereLessOrEqual(v, c.B, dy, 0f));
}
