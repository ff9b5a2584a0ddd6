using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>dy·e·x^(e-1), of dY's shape; 0 where e is 0.</summary>
[Kernel("grad.PowBase")]
public readonly struct PowBaseGradient : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T x, T e)
        where T : struct, IFloats<T> => T.WhereEqual(e, 0f, 0f, dy * (e * T.Pow(x, e - 1f)));
}
