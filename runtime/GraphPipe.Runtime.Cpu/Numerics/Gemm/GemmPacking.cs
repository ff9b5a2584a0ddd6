using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>
/// Copies a slice of an operand into the order in which the tiles of <see cref="Gemm"/> read it: panels of <c>width</c> rows of op(A)
/// (or columns of op(B)), k outermost: <c>panel[p·width + i]</c>.
/// </summary>
internal static unsafe class GemmPacking
{
    /// <summary>
    /// Panel of a matrix whose k axis is the stored row axis (B plain, A transposed): <c>to[p·width + i] = from[p·ld + i]</c> for
    /// i &lt; <paramref name="count"/>, zeros up to <paramref name="width"/> (at most 32).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows(float* from, nint ld, int k, int count, float* to, int width)
    {
        if (count == 32 && width == 32)
        {
            for (int p = 0; p < k; p++, from += ld, to += 32)
            {
                var v0 = Vector512.Load(from);
                var v1 = Vector512.Load(from + 16);
                v0.Store(to);
                v1.Store(to + 16);
            }

            return;
        }

        int low = Math.Min(count, 16), high = Math.Max(count - 16, 0);
        int lowWidth = Math.Min(width, 16), highWidth = width - lowWidth;
        for (int p = 0; p < k; p++, from += ld, to += width)
        {
            Lanes.StoreTail(to, Lanes.LoadTail(from, low), lowWidth);
            if (highWidth > 0) Lanes.StoreTail(to + 16, Lanes.LoadTail(from + 16, high), highWidth);
        }
    }

    /// <summary>
    /// Panel of a matrix whose k axis is the stored column axis (A plain, B transposed): <c>to[p·width + i] = from[i·ld + p]</c> for
    /// i &lt; <paramref name="count"/>, zeros up to <paramref name="width"/> (at most 32).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Columns(float* from, nint ld, int k, int count, float* to, int width)
    {
        for (int i = 0; i < width; i += 16)
            Columns16(from + i * ld, ld, k, Math.Clamp(count - i, 0, 16), to + i, width, Math.Min(16, width - i));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Columns16(float* from, nint ld, int k, int count, float* to, int width, int lanes)
    {
        int p = 0;
        if (Avx512F.IsSupported)
        {
            var block = stackalloc float[256];
            for (; p < k; p += 16)
            {
                int left = Math.Min(16, k - p);
                if (count == 16 && left == 16 && lanes == 16)
                {
                    SquareTranspose.Run16(from + p, ld, to + (nint)p * width, width);
                    continue;
                }

                for (int i = 0; i < 16; i++)
                    (i < count ? Lanes.LoadTail(from + i * ld + p, left) : Vector512<float>.Zero).Store(block + 16 * i);
                SquareTranspose.Run16(block, 16, block, 16);
                var mask = Lanes.Mask(lanes);
                for (int q = 0; q < left; q++) Avx512F.MaskStore(to + (nint)(p + q) * width, mask, Vector512.Load(block + 16 * q));
            }

            return;
        }

        for (; p < k; p++)
            for (int i = 0; i < lanes; i++) to[(nint)p * width + i] = i < count ? from[i * ld + p] : 0f;
    }
}
