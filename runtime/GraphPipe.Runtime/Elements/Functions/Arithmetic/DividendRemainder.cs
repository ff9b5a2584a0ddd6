using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>The remainder of a/b with the sign of a: Mod with <c>fmod</c>, which f32 needs.</summary>
public readonly struct DividendRemainder : IArithmetic
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T a, T b)
        where T : struct, IFloats<T> => T.Remainder(a, b);

    public static long Apply(long a, long b) => b == -1 ? 0 : a % b;
}
