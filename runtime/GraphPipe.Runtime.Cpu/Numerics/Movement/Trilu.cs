using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Upper or lower triangle of matrices; elements of any type.</summary>
public static unsafe class Trilu
{
    /// <summary>
    /// Copies column ≥ row + diagonal (upper) or column ≤ row + diagonal (lower) and zeroes the rest, for matrices from ≤ b &lt; to of
    /// [batch, rows, columns]. May be in place.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(void* x, void* y, int elementSize, long rows, long columns, long diagonal, bool upper, long from, long to)
    {
        for (long i = from * rows; i < to * rows; i++)
        {
            long border = i % rows + diagonal + (upper ? 0 : 1);
            long cut = Math.Clamp(border, 0, columns);
            byte* source = (byte*)x + i * columns * elementSize, target = (byte*)y + i * columns * elementSize;
            long low = cut * elementSize, high = (columns - cut) * elementSize;
            if (upper)
            {
                Buffer.MemoryCopy(source + low, target + low, high, high);
                new Span<byte>(target, checked((int)low)).Clear();
            }
            else
            {
                Buffer.MemoryCopy(source, target, low, low);
                new Span<byte>(target + low, checked((int)high)).Clear();
            }
        }
    }
}
