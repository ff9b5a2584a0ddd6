using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>√x; the gradient reads the result.</summary>
[Kernel("Sqrt")]
[Kernel("grad.Sqrt")]
public readonly struct Sqrt : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.Sqrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy / (v + v);
}
