using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Elements;

/// <summary>Natural logarithm.</summary>
[Kernel("Log")]
public readonly struct Log : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Log(x);
}
