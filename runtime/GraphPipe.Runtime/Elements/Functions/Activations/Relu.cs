using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>max(x, 0); the gradient reads the result.</summary>
[Kernel("Relu")]
[Kernel("grad.Relu")]
public readonly struct Relu : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.PositivePart(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => T.WhereGreater(v, 0f, dy, 0f);
}
