using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>
/// Sums down the columns of a matrix: bias and scale gradients. Rows are added in order, in runs of <see cref="Run"/> whose
/// totals are then added in order, so that long columns lose little.
/// </summary>
public static unsafe class ColumnFold
{
    /// <summary>Rows summed before their total joins the whole.</summary>
    public const int Run = 64;

    /// <summary><c>y[j] = Σ_i map(x[i·ld + j])</c> for from ≤ j &lt; to.</summary>
    /// <param name="map">Applied to each element.</param>
    /// <param name="x">[rows, ld].</param>
    /// <param name="ld">Elements between rows.</param>
    /// <param name="rows">Rows; with none the sums are zero.</param>
    /// <param name="y">[ld]; only columns of the range are written.</param>
    /// <param name="from">First column.</param>
    /// <param name="to">End of the columns.</param>
    /// <param name="accumulate">Adds the sums to y instead of overwriting it: y + sum, one rounding more.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum<T>(T map, float* x, long ld, long rows, float* y, long from, long to, bool accumulate = false)
        where T : struct, IRowMap
    {
        long j = from;
        for (; j + 64 <= to; j += 64)
        {
            Vector512<float> t0 = default, t1 = default, t2 = default, t3 = default;
            for (long i = 0; i < rows;)
            {
                Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
                float* p = x + i * ld + j;
                for (long end = Math.Min(rows, i + Run); i < end; i++, p += ld)
                {
                    s0 += map.Apply(Vector512.Load(p));
                    s1 += map.Apply(Vector512.Load(p + 16));
                    s2 += map.Apply(Vector512.Load(p + 32));
                    s3 += map.Apply(Vector512.Load(p + 48));
                }

                t0 += s0;
                t1 += s1;
                t2 += s2;
                t3 += s3;
            }

            if (accumulate)
            {
                t0 = Vector512.Load(y + j) + t0;
                t1 = Vector512.Load(y + j + 16) + t1;
                t2 = Vector512.Load(y + j + 32) + t2;
                t3 = Vector512.Load(y + j + 48) + t3;
            }

            t0.Store(y + j);
            t1.Store(y + j + 16);
            t2.Store(y + j + 32);
            t3.Store(y + j + 48);
        }

        for (; j < to; j += 16)
        {
            Vector512<float> t = default;
            for (long i = 0; i < rows;)
            {
                Vector512<float> s = default;
                for (long end = Math.Min(rows, i + Run); i < end; i++) s += map.Apply(Lanes.Load(x + i * ld + j, to - j));
                t += s;
            }

            if (accumulate) t = Lanes.Load(y + j, to - j) + t;
            Lanes.Store(y + j, t, to - j);
        }
    }
}
