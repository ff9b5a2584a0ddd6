using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Transposes of a square of four-byte elements held in registers; the inner step of packing and of the transpose operator.</summary>
internal static unsafe class SquareTranspose
{
    /// <summary><c>to[j·ldTo + i] = from[i·ldFrom + j]</c> for i, j &lt; 16. The two may be the same place. Needs AVX-512.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run16(float* from, nint ldFrom, float* to, nint ldTo)
    {
        // Rows four apart sit in the 128-bit lanes of one vector after two rounds of lane shuffles; 4x4 transposes inside
        // the lanes finish the job.
        Quarter(from, ldFrom, 0, out var a0, out var a1, out var a2, out var a3);
        Quarter(from, ldFrom, 4, out var b0, out var b1, out var b2, out var b3);
        Quarter(from, ldFrom, 8, out var c0, out var c1, out var c2, out var c3);
        Quarter(from, ldFrom, 12, out var d0, out var d1, out var d2, out var d3);
        Lanes4(a0, b0, c0, d0, to, ldTo);
        Lanes4(a1, b1, c1, d1, to + ldTo, ldTo);
        Lanes4(a2, b2, c2, d2, to + 2 * ldTo, ldTo);
        Lanes4(a3, b3, c3, d3, to + 3 * ldTo, ldTo);
    }

    /// <summary>Transposes rows r to r+3 inside each 128-bit lane: output j holds, in lane l, column 4l + j of the four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(
        float* from, nint ld, int r, out Vector512<float> o0, out Vector512<float> o1, out Vector512<float> o2, out Vector512<float> o3)
    {
        from += r * ld;
        var x0 = Vector512.Load(from);
        var x1 = Vector512.Load(from + ld);
        var x2 = Vector512.Load(from + 2 * ld);
        var x3 = Vector512.Load(from + 3 * ld);
        var l01 = Avx512F.UnpackLow(x0, x1).AsDouble();
        var h01 = Avx512F.UnpackHigh(x0, x1).AsDouble();
        var l23 = Avx512F.UnpackLow(x2, x3).AsDouble();
        var h23 = Avx512F.UnpackHigh(x2, x3).AsDouble();
        o0 = Avx512F.UnpackLow(l01, l23).AsSingle();
        o1 = Avx512F.UnpackHigh(l01, l23).AsSingle();
        o2 = Avx512F.UnpackLow(h01, h23).AsSingle();
        o3 = Avx512F.UnpackHigh(h01, h23).AsSingle();
    }

    /// <summary>Transposes the 4x4 matrix of 128-bit lanes (a, b, c, d) and stores its rows four output rows apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Lanes4(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* to, nint ld)
    {
        var t0 = Avx512F.Shuffle4x128(a, b, 0x88);
        var t1 = Avx512F.Shuffle4x128(c, d, 0x88);
        var t2 = Avx512F.Shuffle4x128(a, b, 0xDD);
        var t3 = Avx512F.Shuffle4x128(c, d, 0xDD);
        Avx512F.Shuffle4x128(t0, t1, 0x88).Store(to);
        Avx512F.Shuffle4x128(t2, t3, 0x88).Store(to + 4 * ld);
        Avx512F.Shuffle4x128(t0, t1, 0xDD).Store(to + 8 * ld);
        Avx512F.Shuffle4x128(t2, t3, 0xDD).Store(to + 12 * ld);
    }
}
