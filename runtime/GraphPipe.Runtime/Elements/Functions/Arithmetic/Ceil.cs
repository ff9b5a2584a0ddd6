using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>The smallest whole number that is not below x.</summary>
[Kernel("Ceil")]
public readonly struct Ceil : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => -T.Floor(-x);
}
