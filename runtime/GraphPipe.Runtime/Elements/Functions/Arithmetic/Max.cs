using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>The larger of a and b; NaN if either is.</summary>
[Kernel("Max")]
public readonly struct Max : IArithmetic
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T a, T b)
        where T : struct, IFloats<T> => T.Max(a, b);

    public static long Apply(long a, long b) => a > b ? a : b;
}
