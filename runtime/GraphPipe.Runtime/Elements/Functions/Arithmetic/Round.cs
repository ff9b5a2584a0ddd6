using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>The nearest whole number, halves to even.</summary>
[Kernel("Round")]
public readonly struct Round : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.Round(x);
}
