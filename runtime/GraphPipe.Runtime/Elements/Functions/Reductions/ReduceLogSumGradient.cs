using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>dy/Σx.</summary>
[Kernel("grad.ReduceLogSum")]
public readonly struct ReduceLogSumGradient : IReductionGradient
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T x, T y)
        where T : struct, IFloats<T> => dy * FloatMath.Exp(-y);
}
