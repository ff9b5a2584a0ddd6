using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>The part of dy for a of min(a, b): all where it is the smaller, half where the two are equal.</summary>
[Kernel("grad.Min")]
public readonly struct MinGradient : ISidedGradient
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T a, T b)
        where T : struct, IFloats<T> => T.WhereLess(a, b, dy, T.WhereEqual(a, b, dy * 0.5f, 0f));
}
