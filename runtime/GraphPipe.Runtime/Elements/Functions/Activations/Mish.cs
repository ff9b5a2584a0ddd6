using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>x·tanh(log(1 + e^x)).</summary>
[Kernel("Mish")]
[Kernel("grad.Mish")]
public readonly struct Mish : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => x * FloatMath.Tanh(FloatMath.Softplus(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T>
    {
        var t = FloatMath.Tanh(FloatMath.Softplus(v));
        return dy * (t + v * FloatMath.Sigmoid(v) * (1f - t * t));
    }
}
