using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Turns convolution into a matrix product: every window becomes a column ("im2col"), and back ("col2im").</summary>
public static unsafe class ImageColumns
{
    /// <summary>
    /// <c>columns[c·kernel + k, o] = image[c, position of window element k at o]</c>, zero in the padding; rows from ≤ r &lt; to.
    /// </summary>
    /// <param name="w">Geometry.</param>
    /// <param name="image">[channels, input].</param>
    /// <param name="columns">[channels·kernel, output].</param>
    /// <param name="from">First row of columns.</param>
    /// <param name="to">End of the rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(in WindowShape w, float* image, float* columns, long from, long to)
    {
        for (long row = from; row < to; row++)
        {
            int k = (int)(row % w.Kernel);
            int kx = k % w.Width.Kernel, ky = k / w.Width.Kernel % w.Height.Kernel, kz = k / w.Width.Kernel / w.Height.Kernel;
            w.Width.Inside(kx, out int begin, out int end);
            float* source = image + row / w.Kernel * w.Input, target = columns + row * w.Output;
            for (int z = 0; z < w.Depth.Output; z++)
            {
                int iz = w.Depth.At(z, kz);
                for (int y = 0; y < w.Height.Output; y++, target += w.Width.Output)
                {
                    int iy = w.Height.At(y, ky);
                    if ((uint)iz >= (uint)w.Depth.Input || (uint)iy >= (uint)w.Height.Input)
                    {
                        new Span<float>(target, w.Width.Output).Clear();
                        continue;
                    }

                    float* line = source + ((long)iz * w.Height.Input + iy) * w.Width.Input + w.Width.At(0, kx);
                    for (int x = 0; x < begin; x++) target[x] = 0f;
                    int at = begin;
                    if (w.Width.Stride == 1)
                    {
                        // Rows are short: vectors cost less than a call of memmove.
                        for (; at < end; at += Lanes.Count) Lanes.Store(target + at, Lanes.Load(line + at, end - at), end - at);
                    }
                    else
                    {
                        for (; at + Lanes.Count <= end; at += Lanes.Count)
                            Lanes.Store(target + at, WindowLanes.Strided(line + (long)at * w.Width.Stride, w.Width.Stride), Lanes.Count);
                        for (; at < end; at++) target[at] = line[(long)at * w.Width.Stride];
                    }

                    for (int x = end; x < w.Width.Output; x++) target[x] = 0f;
                }
            }
        }
    }

    /// <summary>
    /// The transpose of <see cref="Forward"/>: adds every column back into its window, window elements ascending; channels from ≤ c &lt; to.
    /// Overwrites the image.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(in WindowShape w, float* columns, float* image, long from, long to)
    {
        for (long c = from; c < to; c++)
        {
            float* plane = image + c * w.Input;
            new Span<float>(plane, checked((int)w.Input)).Clear();
            for (int k = 0; k < w.Kernel; k++)
            {
                int kx = k % w.Width.Kernel, ky = k / w.Width.Kernel % w.Height.Kernel, kz = k / w.Width.Kernel / w.Height.Kernel;
                w.Width.Inside(kx, out int begin, out int end);
                float* source = columns + (c * w.Kernel + k) * w.Output;
                for (int z = 0; z < w.Depth.Output; z++)
                {
                    int iz = w.Depth.At(z, kz);
                    for (int y = 0; y < w.Height.Output; y++, source += w.Width.Output)
                    {
                        int iy = w.Height.At(y, ky);
                        if ((uint)iz >= (uint)w.Depth.Input || (uint)iy >= (uint)w.Height.Input) continue;
                        float* line = plane + ((long)iz * w.Height.Input + iy) * w.Width.Input + w.Width.At(0, kx);
                        if (w.Width.Stride == 1) Streams.Accumulate(source + begin, line + begin, end - begin);
                        else
                            for (int x = begin; x < end; x++) line[(long)x * w.Width.Stride] += source[x];
                    }
                }
            }
        }
    }
}
