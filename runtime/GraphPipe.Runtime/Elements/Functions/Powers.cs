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

/// <summary>dy·e·x^(e-1), of dY's shape; 0 where e is 0.</summary>
[Kernel("grad.PowBase")]
public readonly struct PowBaseGradient : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T x, T e)
        where T : struct, IFloats<T> => T.WhereEqual(e, 0f, 0f, dy * (e * T.Pow(x, e - 1f)));
}

/// <summary>dy·y·log x for the forward's result y, of dY's shape; 0 where x is 0 and y finite.</summary>
[Kernel("grad.PowExponent")]
public readonly struct PowExponentGradient : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T x, T y)
        where T : struct, IFloats<T>
    {
        var slope = dy * (y * FloatMath.Log(x));
        return T.WhereEqual(x, 0f, T.WhereLess(y, float.PositiveInfinity, 0f, slope), slope);
    }
}
