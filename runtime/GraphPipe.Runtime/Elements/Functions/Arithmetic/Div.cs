using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>a/b; whole numbers towards zero. A whole number divided by zero is GP7007 on the CPU; a GPU gives what it gives.</summary>
[Kernel("Div")]
public readonly struct Div : IArithmetic
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T a, T b)
        where T : struct, IFloats<T> => a / b;

    public static long Apply(long a, long b) => b == -1 ? -a : a / b;
}
