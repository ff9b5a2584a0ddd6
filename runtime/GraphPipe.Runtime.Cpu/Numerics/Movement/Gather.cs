using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Rows picked by int64 or int32 indices along one axis, and the gradient: rows added back where they came from.</summary>
public static unsafe class Gather
{
    /// <summary>
    /// <c>y[o, i, :] = x[o, indices[i], :]</c> for output rows from ≤ o·count + i &lt; to. Negative indices count from the end.
    /// </summary>
    /// <param name="x">[outer, axis, inner], elements of any type.</param>
    /// <param name="indices">[count].</param>
    /// <param name="y">[outer, count, inner].</param>
    /// <param name="elementSize">Bytes of an element.</param>
    /// <param name="axis">Rows to pick from.</param>
    /// <param name="inner">Elements of a row.</param>
    /// <param name="count">Number of indices.</param>
    /// <param name="from">First output row.</param>
    /// <param name="to">End of the output rows (outer·count for all).</param>
    /// <returns>-1, or the position in <paramref name="indices"/> of the first that is out of range; rows before it are written.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long Forward<TIndex>(void* x, TIndex* indices, void* y, int elementSize, long axis, long inner, long count, long from, long to)
        where TIndex : unmanaged
    {
        long bytes = inner * elementSize;
        for (long row = from; row < to; row++)
        {
            long o = row / count, i = row % count, index = Index(indices, i);
            if (index < 0) index += axis;
            if ((ulong)index >= (ulong)axis) return i;
            byte* source = (byte*)x + (o * axis + index) * bytes, target = (byte*)y + row * bytes;
            if (bytes == 4) *(uint*)target = *(uint*)source;
            else if (bytes == 8) *(ulong*)target = *(ulong*)source;
            else Buffer.MemoryCopy(source, target, bytes, bytes);
        }

        return -1;
    }

    /// <summary>
    /// <c>dx[o, indices[i], j] += dy[o, i, j]</c>, i ascending, for columns from ≤ j &lt; to of every row. The caller fills dx with zeros.
    /// Threads that share the work take column ranges, so that the order of additions stays.
    /// </summary>
    /// <returns>-1, or the position of the first index that is out of range.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long Backward<TIndex>(float* dy, TIndex* indices, float* dx, long outer, long axis, long inner, long count, long from, long to)
        where TIndex : unmanaged
    {
        for (long o = 0; o < outer; o++)
        {
            for (long i = 0; i < count; i++, dy += inner)
            {
                long index = Index(indices, i);
                if (index < 0) index += axis;
                if ((ulong)index >= (ulong)axis) return i;
                float* target = dx + (o * axis + index) * inner;
                for (long j = from; j < to; j += 16)
                    Lanes.Store(target + j, Lanes.Load(target + j, to - j) + Lanes.Load(dy + j, to - j), to - j);
            }
        }

        return -1;
    }

    /// <summary>An index as it is stored: int32 or int64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static long Index<TIndex>(TIndex* indices, long i)
        where TIndex : unmanaged => sizeof(TIndex) == 4 ? ((int*)indices)[i] : ((long*)indices)[i];
}
