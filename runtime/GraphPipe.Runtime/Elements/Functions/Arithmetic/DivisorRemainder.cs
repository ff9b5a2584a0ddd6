using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>The remainder of a/b with the sign of b: Mod of whole numbers without <c>fmod</c>.</summary>
public readonly struct DivisorRemainder : IArithmetic
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T a, T b)
        where T : struct, IFloats<T> => T.Remainder(a, b);

    public static long Apply(long a, long b)
    {
        long rest = b == -1 ? 0 : a % b;
        return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
    }
}
