using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

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
