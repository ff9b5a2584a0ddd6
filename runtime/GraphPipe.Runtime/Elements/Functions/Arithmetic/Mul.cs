using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>a·b.</summary>
[Kernel("Mul")]
public readonly struct Mul : IArithmetic
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T a, T b)
        where T : struct, IFloats<T> => a * b;

    public static long Apply(long a, long b) => a * b;
}
