using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>Arc cosine, in radians.</summary>
[Kernel("Acos")]
[Kernel("grad.Acos")]
public readonly struct Acos : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Acos(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => -dy / T.Sqrt((1f - v) * (1f + v));
}
