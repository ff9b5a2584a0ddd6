using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>dy above zero, slope·dy at and below; of dY's shape.</summary>
[Kernel("grad.PReluX")]
public readonly struct PReluXGradient : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T x, T slope)
        where T : struct, IFloats<T> => T.WhereGreater(x, 0f, dy, slope * dy);
}
