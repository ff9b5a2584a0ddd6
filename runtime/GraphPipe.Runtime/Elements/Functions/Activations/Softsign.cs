using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>x/(1 + |x|).</summary>
[Kernel("Softsign")]
[Kernel("grad.Softsign")]
public readonly struct Softsign : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => x / (1f + T.Abs(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T>
    {
        var d = 1f + T.Abs(v);
        return dy / (d * d);
    }
}
