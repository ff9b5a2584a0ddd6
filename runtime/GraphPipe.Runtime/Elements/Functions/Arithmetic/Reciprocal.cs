using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>1/x.</summary>
[Kernel("Reciprocal")]
public readonly struct Reciprocal : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => 1f / x;
}
