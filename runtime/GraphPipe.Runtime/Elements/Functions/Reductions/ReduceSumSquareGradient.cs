using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>2·dy·x.</summary>
[Kernel("grad.ReduceSumSquare")]
public readonly struct ReduceSumSquareGradient : IReductionGradient
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T x, T y)
        where T : struct, IFloats<T> => dy * (x + x);
}
