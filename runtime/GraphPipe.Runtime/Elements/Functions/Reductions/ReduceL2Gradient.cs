using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>dy·x/y, 0 where y is 0.</summary>
[Kernel("grad.ReduceL2")]
public readonly struct ReduceL2Gradient : IReductionGradient
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T x, T y)
        where T : struct, IFloats<T> => T.WhereEqual(y, 0f, 0f, dy * (x / y));
}
