using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>The smaller of a and b; NaN if either is.</summary>
[Kernel("Min")]
public readonly struct Min : IArithmetic
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T a, T b)
        where T : struct, IFloats<T> => T.Min(a, b);

    public static long Apply(long a, long b) => a < b ? a : b;
}
