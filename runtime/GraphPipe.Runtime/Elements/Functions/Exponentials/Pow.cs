using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>a to the power b; of whole numbers too, where a negative power is 0 but for bases 1 and -1.</summary>
[Kernel("Pow")]
public readonly struct Pow : IArithmetic
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T a, T b)
        where T : struct, IFloats<T> => T.Pow(a, b);

    public static long Apply(long a, long b)
    {
        if (b < 0)
            return a == 1 || (a == -1 && (b & 1) == 0) ? 1 : a == -1 ? -1 : 0;
        long result = 1;
        for (; b != 0; b >>= 1)
        {
            result = (b & 1) != 0 ? result * a : result;
            a *= a;
        }

        return result;
    }
}
