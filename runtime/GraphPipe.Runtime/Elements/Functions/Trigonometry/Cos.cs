using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>Cosine of radians.</summary>
[Kernel("Cos")]
[Kernel("grad.Cos")]
public readonly struct Cos : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.Cos(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => -(dy * T.Sin(v));
}
