using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>0 above zero, dy·x at and below: of dY's shape, to be summed to the slope's.</summary>
[Kernel("grad.PReluSlope")]
public readonly struct PReluSlopeGradient : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T x)
        where T : struct, IFloats<T> => T.WhereGreater(x, 0f, 0f, dy * x);
}
