using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>Sine of radians.</summary>
[Kernel("Sin")]
[Kernel("grad.Sin")]
public readonly struct Sin : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.Sin(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy * T.Cos(v);
}
