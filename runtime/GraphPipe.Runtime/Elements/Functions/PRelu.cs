using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>x above zero, slope·x at and below.</summary>
[Kernel("PRelu")]
public readonly struct PRelu : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, T slope)
        where T : struct, IFloats<T> => T.WhereGreater(x, 0f, x, slope * x);
}

/// <summary>dy above zero, slope·dy at and below; of dY's shape.</summary>
[Kernel("grad.PReluX")]
public readonly struct PReluXGradient : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T x, T slope)
        where T : struct, IFloats<T> => T.WhereGreater(x, 0f, dy, slope * dy);
}

/// <summary>0 above zero, dy·x at and below: of dY's shape, to be summed to the slope's.</summary>
[Kernel("grad.PReluSlope")]
public readonly struct PReluSlopeGradient : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T dy, T x)
        where T : struct, IFloats<T> => T.WhereGreater(x, 0f, 0f, dy * x);
}
