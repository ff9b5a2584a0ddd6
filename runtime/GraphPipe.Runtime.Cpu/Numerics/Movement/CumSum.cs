using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Running sums along the middle axis of [outer, axis, inner].</summary>
public static unsafe class CumSum
{
    /// <summary>
    /// Outer rows from ≤ o &lt; to. <paramref name="exclusive"/> leaves an element out of its own sum; <paramref name="reverse"/> sums from the
    /// end. The gradient of one direction is the other. May be in place.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* x, float* y, long axis, long inner, bool exclusive, bool reverse, long from, long to)
    {
        long step = reverse ? -inner : inner, start = reverse ? (axis - 1) * inner : 0;
        for (long o = from; o < to; o++)
        {
            float* px = x + o * axis * inner + start, py = y + o * axis * inner + start;
            if (inner == 1)
            {
                float sum = 0;
                for (long a = 0; a < axis; a++)
                {
                    float v = px[a * step];
                    py[a * step] = exclusive ? sum : sum + v;
                    sum += v;
                }

                continue;
            }

            for (long j = 0; j < inner; j += 16)
            {
                Vector512<float> sum = default;
                for (long a = 0; a < axis; a++)
                {
                    var v = Lanes.Load(px + a * step + j, inner - j);
                    Lanes.Store(py + a * step + j, exclusive ? sum : sum + v, inner - j);
                    sum += v;
                }
            }
        }
    }
}
