using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>dy·e^(x - y).</summary>
[Kernel("grad.ReduceLogSumExp")]
public readonly struct ReduceLogSumExpGradient : IReductionGradient
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T x, T y)
        where T : struct, IFloats<T> => dy * FloatMath.Exp(x - y);
}
