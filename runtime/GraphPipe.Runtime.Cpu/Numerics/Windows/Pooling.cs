using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Max and average pooling of planes [planes, input] to [planes, output]; ranges are of planes.</summary>
public static unsafe class Pooling
{
    /// <summary>Largest element of each window; padding never wins, NaN does.</summary>
    /// <param name="w">Geometry.</param>
    /// <param name="x">[planes, input].</param>
    /// <param name="y">[planes, output].</param>
    /// <param name="indices">Null, or [planes, output]: position in its plane of the first largest element in row-major order.</param>
    /// <param name="from">First plane.</param>
    /// <param name="to">End of the planes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MaxForward(in WindowShape w, float* x, float* y, long* indices, long from, long to)
    {
        for (long plane = from; plane < to; plane++)
        {
            float* source = x + plane * w.Input;
            long at = plane * w.Output;
            for (int oz = 0; oz < w.Depth.Output; oz++)
                for (int oy = 0; oy < w.Height.Output; oy++)
                    for (int ox = 0; ox < w.Width.Output; ox++, at++)
                    {
                        long best = First(w, source, oz, oy, ox);
                        y[at] = best < 0 ? float.NegativeInfinity : source[best];
                        if (indices != null) indices[at] = best;
                    }
        }
    }

    /// <summary>Gradient of max pooling: all of dy to the first largest element, found again from x. Overwrites dx.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MaxBackward(in WindowShape w, float* dy, float* x, float* dx, long from, long to)
    {
        for (long plane = from; plane < to; plane++)
        {
            float* source = x + plane * w.Input, target = dx + plane * w.Input;
            new Span<float>(target, checked((int)w.Input)).Clear();
            long at = plane * w.Output;
            for (int oz = 0; oz < w.Depth.Output; oz++)
                for (int oy = 0; oy < w.Height.Output; oy++)
                    for (int ox = 0; ox < w.Width.Output; ox++, at++)
                    {
                        long best = First(w, source, oz, oy, ox);
                        if (best >= 0) target[best] += dy[at];
                    }
        }
    }

    /// <summary>
    /// Mean of each window over the elements inside the input, or with <paramref name="countPad"/> inside input and padding.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AverageForward(in WindowShape w, float* x, float* y, bool countPad, long from, long to)
    {
        for (long plane = from; plane < to; plane++)
        {
            float* source = x + plane * w.Input;
            long at = plane * w.Output;
            for (int oz = 0; oz < w.Depth.Output; oz++)
                for (int oy = 0; oy < w.Height.Output; oy++)
                    for (int ox = 0; ox < w.Width.Output; ox++, at++)
                    {
                        float sum = 0;
                        for (int kz = 0; kz < w.Depth.Kernel; kz++)
                        {
                            int iz = w.Depth.At(oz, kz);
                            if ((uint)iz >= (uint)w.Depth.Input) continue;
                            for (int ky = 0; ky < w.Height.Kernel; ky++)
                            {
                                int iy = w.Height.At(oy, ky);
                                if ((uint)iy >= (uint)w.Height.Input) continue;
                                float* line = source + ((long)iz * w.Height.Input + iy) * w.Width.Input;
                                for (int kx = 0; kx < w.Width.Kernel; kx++)
                                {
                                    int ix = w.Width.At(ox, kx);
                                    if ((uint)ix < (uint)w.Width.Input) sum += line[ix];
                                }
                            }
                        }

                        y[at] = sum / Divisor(w, oz, oy, ox, countPad);
                    }
        }
    }

    /// <summary>Gradient of <see cref="AverageForward"/>. Overwrites dx.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AverageBackward(in WindowShape w, float* dy, float* dx, bool countPad, long from, long to)
    {
        for (long plane = from; plane < to; plane++)
        {
            float* target = dx + plane * w.Input;
            new Span<float>(target, checked((int)w.Input)).Clear();
            long at = plane * w.Output;
            for (int oz = 0; oz < w.Depth.Output; oz++)
                for (int oy = 0; oy < w.Height.Output; oy++)
                    for (int ox = 0; ox < w.Width.Output; ox++, at++)
                    {
                        float share = dy[at] / Divisor(w, oz, oy, ox, countPad);
                        for (int kz = 0; kz < w.Depth.Kernel; kz++)
                        {
                            int iz = w.Depth.At(oz, kz);
                            if ((uint)iz >= (uint)w.Depth.Input) continue;
                            for (int ky = 0; ky < w.Height.Kernel; ky++)
                            {
                                int iy = w.Height.At(oy, ky);
                                if ((uint)iy >= (uint)w.Height.Input) continue;
                                float* line = target + ((long)iz * w.Height.Input + iy) * w.Width.Input;
                                for (int kx = 0; kx < w.Width.Kernel; kx++)
                                {
                                    int ix = w.Width.At(ox, kx);
                                    if ((uint)ix < (uint)w.Width.Input) line[ix] += share;
                                }
                            }
                        }
                    }
        }
    }

    /// <summary>Position of the window's first largest element, or -1 where the window lies in the padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long First(in WindowShape w, float* plane, int oz, int oy, int ox)
    {
        long best = -1;
        float max = float.NegativeInfinity;
        for (int kz = 0; kz < w.Depth.Kernel; kz++)
        {
            int iz = w.Depth.At(oz, kz);
            if ((uint)iz >= (uint)w.Depth.Input) continue;
            for (int ky = 0; ky < w.Height.Kernel; ky++)
            {
                int iy = w.Height.At(oy, ky);
                if ((uint)iy >= (uint)w.Height.Input) continue;
                long line = ((long)iz * w.Height.Input + iy) * w.Width.Input;
                for (int kx = 0; kx < w.Width.Kernel; kx++)
                {
                    int ix = w.Width.At(ox, kx);
                    if ((uint)ix >= (uint)w.Width.Input) continue;
                    float v = plane[line + ix];
                    if (best < 0 || v > max || (float.IsNaN(v) && !float.IsNaN(max))) (best, max) = (line + ix, v);
                }
            }
        }

        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Divisor(in WindowShape w, int oz, int oy, int ox, bool countPad) =>
        Math.Max(1, Counted(w.Depth, oz, countPad) * Counted(w.Height, oy, countPad) * Counted(w.Width, ox, countPad));

    /// <summary>Window elements of one axis that count. A window that hangs over the padding (ceil mode) is cut there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Counted(in WindowAxis a, int o, bool countPad)
    {
        int count = 0;
        for (int k = 0; k < a.Kernel; k++)
        {
            int i = a.At(o, k);
            if (countPad ? i < a.Input + a.PadEnd : (uint)i < (uint)a.Input) count++;
        }

        return count;
    }
}
