using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>The first k along the middle axis of [outer, axis, inner] in order of size.</summary>
public static unsafe class TopK
{
    /// <summary>
    /// Lanes from ≤ o·inner + j &lt; to. Of equal elements the first comes first; a NaN counts as larger than all numbers. A heap of k positions, which
    /// lies in <paramref name="at"/>, the last of them at its root.
    /// </summary>
    /// <param name="x">[outer, axis, inner].</param>
    /// <param name="at">[outer, k, inner]: positions along the axis.</param>
    /// <param name="values">[outer, k, inner], or null.</param>
    /// <param name="axis">Entries to choose from.</param>
    /// <param name="inner">Distance of two entries.</param>
    /// <param name="k">At most <paramref name="axis"/>.</param>
    /// <param name="largest">Largest first; else smallest first.</param>
    /// <param name="from">First lane.</param>
    /// <param name="to">End of the lanes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* x, long* at, float* values, long axis, long inner, long k, bool largest, long from, long to)
    {
        for (long lane = from; lane < to && k > 0; lane++)
        {
            long o = lane / inner, j = lane % inner;
            float* source = x + o * axis * inner + j;
            long* heap = at + o * k * inner + j;
            for (long i = 0; i < k; i++)
                heap[i * inner] = i;
            for (long i = k / 2 - 1; i >= 0; i--)
                SiftDown(source, heap, inner, i, k, largest);
            for (long i = k; i < axis; i++)
            {
                if (!Before(source, inner, i, heap[0], largest)) continue;
                heap[0] = i;
                SiftDown(source, heap, inner, 0, k, largest);
            }

            for (long end = k - 1; end > 0; end--)
            {
                (heap[0], heap[end * inner]) = (heap[end * inner], heap[0]);
                SiftDown(source, heap, inner, 0, end, largest);
            }

            if (values == null) continue;
            float* target = values + o * k * inner + j;
            for (long i = 0; i < k; i++)
                target[i * inner] = source[heap[i * inner] * inner];
        }
    }

    private static void SiftDown(float* x, long* heap, long inner, long root, long count, bool largest)
    {
        long moved = heap[root * inner];
        while (true)
        {
            long child = 2 * root + 1;
            if (child >= count) break;
            if (child + 1 < count && Before(x, inner, heap[child * inner], heap[(child + 1) * inner], largest)) child++;
            if (!Before(x, inner, moved, heap[child * inner], largest)) break;
            heap[root * inner] = heap[child * inner];
            root = child;
        }

        heap[root * inner] = moved;
    }

    // A total order: no two positions are equal.
    private static bool Before(float* x, long inner, long a, long b, bool largest)
    {
        float u = x[a * inner], v = x[b * inner];
        if (u == v || (float.IsNaN(u) && float.IsNaN(v))) return a < b;
        bool isLarger = float.IsNaN(u) || u > v;
        return isLarger == largest;
    }
}
