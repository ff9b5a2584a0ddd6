using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>Tangent of radians.</summary>
[Kernel("Tan")]
[Kernel("grad.Tan")]
public readonly struct Tan : IDifferentiable
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.Tan(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T>
    {
        var cos = T.Cos(v);
        return dy / (cos * cos);
    }
}
