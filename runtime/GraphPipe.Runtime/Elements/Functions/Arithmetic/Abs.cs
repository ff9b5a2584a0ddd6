using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>|x|; slope 0 at 0.</summary>
[Kernel("Abs")]
[Kernel("grad.Abs")]
public readonly struct Abs : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.Abs(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy * FloatMath.Sign(v);
}
