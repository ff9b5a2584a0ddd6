using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>The largest whole number that is not above x.</summary>
[Kernel("Floor")]
public readonly struct Floor : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.Floor(x);
}
