using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>e^x.</summary>
[Kernel("Exp")]
public readonly struct Exp : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Exp(x);
}
