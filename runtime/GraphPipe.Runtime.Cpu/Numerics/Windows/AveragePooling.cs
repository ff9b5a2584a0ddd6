using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>
/// Average pooling of planes [planes, input] to [planes, output]; ranges are of planes. The divisor counts the elements inside the input,
/// or with <c>countPad</c> inside input and padding.
/// </summary>
public static unsafe class AveragePooling
{
    /// <summary>Mean of each window, elements added in row-major order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(in WindowShape w, float* x, float* y, bool countPad, long from, long to)
    {
        WindowAxis depth = w.Depth, height = w.Height, width = w.Width;
        long input = w.Input, at = from * w.Output;
        WindowLanes.Interior(width, out int inside, out int outside);
        for (long plane = from; plane < to; plane++)
            for (int oz = 0; oz < depth.Output; oz++)
                for (int oy = 0; oy < height.Output; oy++)
                    for (int ox = 0; ox < width.Output; ox++, at++)
                    {
                        depth.Clip(oz, out int z0, out int z1);
                        height.Clip(oy, out int y0, out int y1);
                        width.Clip(ox, out int x0, out int x1);
                        if (ox >= inside && ox + 16 <= outside)
                        {
                            // The scalar road below, 16 lanes at once.
                            Vector512<float> sums = default;
                            for (int kz = z0; kz < z1; kz++)
                                for (int ky = y0; ky < y1; ky++)
                                {
                                    float* p = x + plane * input
                                        + ((long)depth.At(oz, kz) * height.Input + height.At(oy, ky)) * width.Input + width.At(ox, 0);
                                    for (int kx = 0; kx < width.Kernel; kx++, p += width.Dilation) sums += WindowLanes.Strided(p, width.Stride);
                                }

                            int inAll = countPad
                                ? depth.Padded(oz) * height.Padded(oy) * width.Kernel : (z1 - z0) * (y1 - y0) * width.Kernel;
                            (sums / Vector512.Create((float)Math.Max(1, inAll))).Store(y + at);
                            ox += 15;
                            at += 15;
                            continue;
                        }

                        float sum = 0;
                        for (int kz = z0; kz < z1; kz++)
                            for (int ky = y0; ky < y1; ky++)
                            {
                                float* p = x + plane * input
                                    + ((long)depth.At(oz, kz) * height.Input + height.At(oy, ky)) * width.Input + width.At(ox, x0);
                                for (int kx = x0; kx < x1; kx++, p += width.Dilation) sum += *p;
                            }

                        int count = countPad ? depth.Padded(oz) * height.Padded(oy) * width.Padded(ox) : (z1 - z0) * (y1 - y0) * (x1 - x0);
                        y[at] = sum / Math.Max(1, count);
                    }
    }

    /// <summary>Gradient of <see cref="Forward"/>. Overwrites dx.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(in WindowShape w, float* dy, float* dx, bool countPad, long from, long to)
    {
        WindowAxis depth = w.Depth, height = w.Height, width = w.Width;
        long input = w.Input, at = from * w.Output;
        for (long plane = from; plane < to; plane++)
        {
            new Span<float>(dx + plane * input, checked((int)input)).Clear();
            for (int oz = 0; oz < depth.Output; oz++)
                for (int oy = 0; oy < height.Output; oy++)
                    for (int ox = 0; ox < width.Output; ox++, at++)
                    {
                        depth.Clip(oz, out int z0, out int z1);
                        height.Clip(oy, out int y0, out int y1);
                        width.Clip(ox, out int x0, out int x1);
                        int count = countPad ? depth.Padded(oz) * height.Padded(oy) * width.Padded(ox) : (z1 - z0) * (y1 - y0) * (x1 - x0);
                        float share = dy[at] / Math.Max(1, count);
                        for (int kz = z0; kz < z1; kz++)
                            for (int ky = y0; ky < y1; ky++)
                            {
                                float* p = dx + plane * input
                                    + ((long)depth.At(oz, kz) * height.Input + height.At(oy, ky)) * width.Input + width.At(ox, x0);
                                for (int kx = x0; kx < x1; kx++, p += width.Dilation) *p += share;
                            }
                    }
        }
    }
}
