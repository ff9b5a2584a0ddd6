using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>Arc sine, in radians.</summary>
[Kernel("Asin")]
[Kernel("grad.Asin")]
public readonly struct Asin : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Asin(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy / T.Sqrt((1f - v) * (1f + v));
}
