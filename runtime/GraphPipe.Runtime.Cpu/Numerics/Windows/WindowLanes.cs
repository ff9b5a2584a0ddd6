using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>16 neighbouring output positions of a row at once, where their windows lie inside the input's width.</summary>
internal static unsafe class WindowLanes
{
    /// <summary>Output positions of a row from ≤ o &lt; to whose whole window lies inside the input's width.</summary>
    public static void Interior(in WindowAxis width, out int from, out int to)
    {
        width.Inside(0, out int from0, out int to0);
        width.Inside(width.Kernel - 1, out int from1, out int to1);
        from = Math.Max(from0, from1);
        to = Math.Max(from, Math.Min(to0, to1));
    }

    /// <summary>p[0], p[stride], … p[15·stride]; nothing past the last is touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Strided(float* p, int stride)
    {
        if (stride == 1) return Vector512.Load(p);
        if (stride == 2 && Avx512F.IsSupported)
        {
            var pick = Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 17, 19, 21, 23, 25, 27, 29, 31);
            return Avx512F.PermuteVar16x32x2(Vector512.Load(p), pick, Vector512.Load(p + 15));
        }

        return Gathered(p, stride);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> Gathered(float* p, nint s) => Vector512.Create(
        p[0], p[s], p[2 * s], p[3 * s], p[4 * s], p[5 * s], p[6 * s], p[7 * s],
        p[8 * s], p[9 * s], p[10 * s], p[11 * s], p[12 * s], p[13 * s], p[14 * s], p[15 * s]);
}
