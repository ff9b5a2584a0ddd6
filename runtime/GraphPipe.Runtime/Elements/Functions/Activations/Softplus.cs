using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>log(1 + e^x), without a threshold.</summary>
[Kernel("Softplus")]
[Kernel("grad.Softplus")]
public readonly struct Softplus : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Softplus(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy * FloatMath.Sigmoid(v);
}
