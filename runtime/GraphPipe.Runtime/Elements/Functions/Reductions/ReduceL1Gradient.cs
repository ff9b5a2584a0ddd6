using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>dy·sign(x).</summary>
[Kernel("grad.ReduceL1")]
public readonly struct ReduceL1Gradient : IReductionGradient
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T x, T y)
        where T : struct, IFloats<T> => dy * FloatMath.Sign(x);
}
