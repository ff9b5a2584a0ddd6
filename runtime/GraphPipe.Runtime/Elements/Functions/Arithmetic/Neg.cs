using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>-x.</summary>
[Kernel("Neg")]
public readonly struct Neg : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => -x;
}
