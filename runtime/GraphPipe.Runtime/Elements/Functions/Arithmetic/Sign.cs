using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>-1, 0 or 1.</summary>
[Kernel("Sign")]
public readonly struct Sign : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Sign(x);
}
