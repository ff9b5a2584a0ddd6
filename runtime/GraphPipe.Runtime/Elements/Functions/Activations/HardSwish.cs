using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>x·(x + 3 limited to [0, 6])/6; slope -½ at -3, 3/2 at 3.</summary>
[Kernel("HardSwish")]
[Kernel("grad.HardSwish")]
public readonly struct HardSwish : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => x * T.Clamp(x + 3f, 0f, 6f) / 6f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => T.WhereLess(v, -3f, 0f, T.WhereLessOrEqual(v, 3f, dy * (v / 3f + 0.5f), dy));
}
