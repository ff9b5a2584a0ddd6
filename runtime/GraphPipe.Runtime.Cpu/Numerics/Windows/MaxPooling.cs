using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Max pooling of planes [planes, input] to [planes, output]; ranges are of planes.</summary>
public static unsafe class MaxPooling
{
    /// <summary>Largest element of each window; padding never wins, NaN does.</summary>
    /// <param name="w">Geometry.</param>
    /// <param name="x">[planes, input].</param>
    /// <param name="y">[planes, output]; -∞ where a window lies in the padding.</param>
    /// <param name="indices">Null, or [planes, output]: position in its plane of the first largest element in row-major order, or -1.</param>
    /// <param name="from">First plane.</param>
    /// <param name="to">End of the planes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(in WindowShape w, float* x, float* y, long* indices, long from, long to)
    {
        WindowAxis depth = w.Depth, height = w.Height, width = w.Width;
        long input = w.Input, at = from * w.Output;
        WindowLanes.Interior(width, out int inside, out int outside);
        int* best16 = stackalloc int[16];
        for (long plane = from; plane < to; plane++)
            for (int oz = 0; oz < depth.Output; oz++)
                for (int oy = 0; oy < height.Output; oy++)
                    for (int ox = 0; ox < width.Output; ox++, at++)
                    {
                        if (ox >= inside && ox + 16 <= outside)
                        {
                            First16(depth, height, width, x + plane * input, oz, oy, ox, best16).Store(y + at);
                            if (indices != null)
                                for (int lane = 0; lane < 16; lane++) indices[at + lane] = best16[lane];
                            ox += 15;
                            at += 15;
                            continue;
                        }

                        long best = First(depth, height, width, x + plane * input, oz, oy, ox);
                        y[at] = best < 0 ? float.NegativeInfinity : x[plane * input + best];
                        if (indices != null) indices[at] = best;
                    }
    }

    /// <summary>Gradient: all of dy to the first largest element, found again from x. Overwrites dx.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(in WindowShape w, float* dy, float* x, float* dx, long from, long to)
    {
        WindowAxis depth = w.Depth, height = w.Height, width = w.Width;
        long input = w.Input, at = from * w.Output;
        WindowLanes.Interior(width, out int inside, out int outside);
        int* best16 = stackalloc int[16];
        for (long plane = from; plane < to; plane++)
        {
            new Span<float>(dx + plane * input, checked((int)input)).Clear();
            for (int oz = 0; oz < depth.Output; oz++)
                for (int oy = 0; oy < height.Output; oy++)
                    for (int ox = 0; ox < width.Output; ox++, at++)
                    {
                        if (ox >= inside && ox + 16 <= outside)
                        {
                            First16(depth, height, width, x + plane * input, oz, oy, ox, best16);
                            for (int lane = 0; lane < 16; lane++)
                                if (best16[lane] >= 0) dx[plane * input + best16[lane]] += dy[at + lane];
                            ox += 15;
                            at += 15;
                            continue;
                        }

                        long best = First(depth, height, width, x + plane * input, oz, oy, ox);
                        if (best >= 0) dx[plane * input + best] += dy[at];
                    }
        }
    }

    /// <summary>Position of the window's first largest element, or -1 where the window lies in the padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long First(in WindowAxis depth, in WindowAxis height, in WindowAxis width, float* plane, int oz, int oy, int ox)
    {
        depth.Clip(oz, out int z0, out int z1);
        height.Clip(oy, out int y0, out int y1);
        width.Clip(ox, out int x0, out int x1);
        long best = -1;
        float max = float.NegativeInfinity;
        for (int kz = z0; kz < z1; kz++)
        {
            for (int ky = y0; ky < y1; ky++)
            {
                long at = ((long)depth.At(oz, kz) * height.Input + height.At(oy, ky)) * width.Input + width.At(ox, x0);
                for (int kx = x0; kx < x1; kx++, at += width.Dilation)
                {
                    float v = plane[at];
                    if (v > max || best < 0 || (float.IsNaN(v) && !float.IsNaN(max))) (best, max) = (at, v);
                }
            }
        }

        return best;
    }

    /// <summary><see cref="First"/> for 16 positions along the width: values returned, positions in <paramref name="best"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector512<float> First16(in WindowAxis depth, in WindowAxis height, in WindowAxis width, float* plane, int oz, int oy, int ox, int* best)
    {
        depth.Clip(oz, out int z0, out int z1);
        height.Clip(oy, out int y0, out int y1);
        var max = Vector512.Create(float.NegativeInfinity);
        var offset = Vector512.Create(-1);
        for (int kz = z0; kz < z1; kz++)
        {
            for (int ky = y0; ky < y1; ky++)
            {
                int at = (depth.At(oz, kz) * height.Input + height.At(oy, ky)) * width.Input + width.At(ox, 0);
                for (int kx = 0; kx < width.Kernel; kx++, at += width.Dilation)
                {
                    var v = WindowLanes.Strided(plane + at, width.Stride);
                    var wins = Vector512.GreaterThan(v, max).AsInt32() | Vector512.LessThan(offset, Vector512<int>.Zero)
                        | (~Vector512.Equals(v, v) & Vector512.Equals(max, max)).AsInt32();
                    max = Vector512.ConditionalSelect(wins.AsSingle(), v, max);
                    offset = Vector512.ConditionalSelect(wins, Vector512.Create(at), offset);
                }
            }
        }

        // The lanes' own shift, which the loop leaves out.
        var shift = Vector512<int>.Indices * Vector512.Create(width.Stride);
        Vector512.ConditionalSelect(Vector512.LessThan(offset, Vector512<int>.Zero), offset, offset + shift).Store(best);
        return max;
    }
}
