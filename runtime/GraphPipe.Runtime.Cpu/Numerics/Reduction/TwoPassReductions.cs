using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Reductions that look at their elements twice.</summary>
public static unsafe class TwoPassReductions
{
    /// <summary><c>y = max + log Σ e^(x - max)</c> for output elements from ≤ i &lt; to; -∞ where all elements are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LogSumExp(in ReductionPlan plan, float* x, float* y, long from, long to)
    {
        ReductionLoops.Run<ReduceMax>(plan, x, y, from, to);
        long length = plan.Folded == 0 ? 1 : plan.FoldedDims[plan.Folded - 1], stride = plan.Folded == 0 ? 1 : plan.FoldedStrides[plan.Folded - 1];
        float* gathered = stackalloc float[64];
        for (long i = from; i < to; i++)
        {
            float max = y[i];
            if (plan.Count == 0 || float.IsInfinity(max)) continue;
            float* own = x + plan.KeptOffset(i);
            double sum = 0;
            for (long run = 0; run < plan.Count / length; run++)
            {
                float* p = own + plan.RunOffset(run);
                if (stride == 1)
                {
                    sum += RowFold.Sum(new ExpMap(max), p, length);
                    continue;
                }

                for (long at = 0; at < length; at += 64)
                {
                    long count = Math.Min(64, length - at);
                    for (long q = 0; q < count; q++) gathered[q] = p[(at + q) * stride];
                    sum += RowFold.Sum(new ExpMap(max), gathered, count);
                }
            }

            y[i] = (float)(max + Math.Log(sum));
        }
    }

    /// <summary>
    /// Gradient of ReduceMax and ReduceMin: dy shared evenly among the elements that equal the extremum; zero elsewhere. For
    /// output elements from ≤ i &lt; to; writes their elements of dx.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ExtremumGradient(in ReductionPlan plan, float* dy, float* x, float* y, float* dx, long from, long to)
    {
        if (plan.Count == 0) return;
        long length = plan.Folded == 0 ? 1 : plan.FoldedDims[plan.Folded - 1], stride = plan.Folded == 0 ? 1 : plan.FoldedStrides[plan.Folded - 1];
        long runs = plan.Count / length;
        for (long i = from; i < to; i++)
        {
            long own = plan.KeptOffset(i), ties = 0;
            for (long run = 0; run < runs; run++)
            {
                float* p = x + own + plan.RunOffset(run);
                for (long q = 0; q < length; q++)
                    if (p[q * stride] == y[i]) ties++;
            }

            float share = ties == 0 ? 0f : dy[i] / ties;
            for (long run = 0; run < runs; run++)
            {
                long offset = own + plan.RunOffset(run);
                for (long q = 0; q < length; q++) dx[offset + q * stride] = x[offset + q * stride] == y[i] ? share : 0f;
            }
        }
    }

    /// <summary>
    /// Gradient of ReduceProd: dy times the product of the other elements, right also where some are zero. For output elements
    /// from ≤ i &lt; to; writes their elements of dx.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ProductGradient(in ReductionPlan plan, float* dy, float* x, float* dx, long from, long to)
    {
        if (plan.Count == 0) return;
        long length = plan.Folded == 0 ? 1 : plan.FoldedDims[plan.Folded - 1], stride = plan.Folded == 0 ? 1 : plan.FoldedStrides[plan.Folded - 1];
        long runs = plan.Count / length;
        for (long i = from; i < to; i++)
        {
            // Product of the elements that are not zero; with two zeros every gradient is zero, with one only that element's is not.
            long own = plan.KeptOffset(i), zeros = 0;
            double product = dy[i];
            for (long run = 0; run < runs; run++)
            {
                float* p = x + own + plan.RunOffset(run);
                for (long q = 0; q < length; q++)
                {
                    if (p[q * stride] == 0f) zeros++;
                    else product *= p[q * stride];
                }
            }

            for (long run = 0; run < runs; run++)
            {
                long offset = own + plan.RunOffset(run);
                for (long q = 0; q < length; q++)
                {
                    float v = x[offset + q * stride];
                    dx[offset + q * stride] = zeros == 0 ? (float)(product / v) : zeros == 1 && v == 0f ? (float)product : 0f;
                }
            }
        }
    }

    /// <summary>
    /// Position along the middle axis of [outer, axis, inner] of the largest element (smallest where <paramref name="smallest"/>), for outer rows
    /// from ≤ o &lt; to; of equals the first, or the last where <paramref name="last"/>. A NaN counts as the extremum.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ArgExtremum(float* x, long* y, long axis, long inner, long from, long to, bool smallest = false, bool last = false)
    {
        for (long o = from; o < to; o++)
        {
            for (long j = 0; j < inner; j++)
            {
                float* p = x + o * axis * inner + j;
                float best = p[0];
                long at = 0;
                for (long a = 1; a < axis && !float.IsNaN(best); a++)
                {
                    float v = p[a * inner];
                    if (float.IsNaN(v) || (smallest ? v < best : v > best) || (last && v == best)) (best, at) = (v, a);
                }

                y[o * inner + j] = at;
            }
        }
    }
}
