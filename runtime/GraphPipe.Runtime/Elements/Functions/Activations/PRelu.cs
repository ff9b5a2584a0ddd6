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
