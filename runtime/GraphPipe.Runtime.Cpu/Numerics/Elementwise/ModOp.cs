using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>The remainder of a/b truncated towards zero, exact, with the sign of a: C's fmod.</summary>
public readonly unsafe struct ModOp : IBinary
{
    // One by one: a remainder is exact only by long division, which vectors don't have.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b)
    {
        for (int lane = 0; lane < Lanes.Count; lane++)
            ((float*)&a)[lane] %= ((float*)&b)[lane];
        return a;
    }
}
