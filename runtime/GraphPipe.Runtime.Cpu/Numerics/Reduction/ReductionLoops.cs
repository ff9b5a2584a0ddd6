using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>
/// Reductions over any set of axes. An output's bits follow from the plan alone, not from the range it is computed in.
/// </summary>
public static unsafe class ReductionLoops
{
    /// <summary>Output elements from ≤ i &lt; to of a plan.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<T>(in ReductionPlan plan, float* x, float* y, long from, long to)
        where T : struct, IReduction
    {
        if (!plan.Simple) General<T>(plan, x, y, from, to);
        else if (plan.Inner == 1) Rows<T>(x, plan.Axis, y, from, to);
        else
        {
            for (long i = from; i < to;)
            {
                long outer = i / plan.Inner, j = i % plan.Inner, end = Math.Min(plan.Inner, j + to - i);
                Columns<T>(x + outer * plan.Axis * plan.Inner, plan.Axis, plan.Inner, y + outer * plan.Inner, j, end);
                i += end - j;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<T>(float* x, long n, float* y, long from, long to)
        where T : struct, IReduction
    {
        for (long r = from; r < to; r++) y[r] = (float)T.Finish(T.Row(x + r * n, n), n);
    }

    /// <summary>Down the columns from ≤ j &lt; to of [axis, inner]: rows in order, in runs as in <see cref="ColumnFold"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Columns<T>(float* x, long axis, long inner, float* y, long from, long to)
        where T : struct, IReduction
    {
        var identity = Vector512.Create(T.Identity);
        for (long j = from; j < to;)
        {
            if (j + 64 <= to)
            {
                Vector512<float> t0 = identity, t1 = identity, t2 = identity, t3 = identity;
                for (long a = 0; a < axis;)
                {
                    Vector512<float> s0 = identity, s1 = identity, s2 = identity, s3 = identity;
                    float* p = x + a * inner + j;
                    for (long end = Math.Min(axis, a + ColumnFold.Run); a < end; a++, p += inner)
                    {
                        s0 = T.Step(s0, Vector512.Load(p));
                        s1 = T.Step(s1, Vector512.Load(p + 16));
                        s2 = T.Step(s2, Vector512.Load(p + 32));
                        s3 = T.Step(s3, Vector512.Load(p + 48));
                    }

                    t0 = T.Join(t0, s0);
                    t1 = T.Join(t1, s1);
                    t2 = T.Join(t2, s2);
                    t3 = T.Join(t3, s3);
                }

                t0.Store(y + j);
                t1.Store(y + j + 16);
                t2.Store(y + j + 32);
                t3.Store(y + j + 48);
                for (long end = j + 64; j < end; j++) y[j] = (float)T.Finish(y[j], axis);
                continue;
            }

            var t = identity;
            long left = to - j;
            for (long a = 0; a < axis;)
            {
                var s = identity;
                for (long end = Math.Min(axis, a + ColumnFold.Run); a < end; a++) s = T.Step(s, Lanes.Load(x + a * inner + j, left));
                t = T.Join(t, s);
            }

            Lanes.Store(y + j, t, left);
            for (long end = Math.Min(to, j + 16); j < end; j++) y[j] = (float)T.Finish(y[j], axis);
        }
    }

    /// <summary>Any other pattern: runs along the innermost folded axis, joined in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void General<T>(in ReductionPlan plan, float* x, float* y, long from, long to)
        where T : struct, IReduction
    {
        float* gathered = stackalloc float[64];
        for (long i = from; i < to; i++)
        {
            double fold = T.Identity;
            if (plan.Count != 0)
            {
                float* own = x + plan.KeptOffset(i);
                long length = plan.FoldedDims[plan.Folded - 1], stride = plan.FoldedStrides[plan.Folded - 1];
                for (long run = 0; run < plan.Count / length; run++)
                {
                    float* p = own + plan.RunOffset(run);
                    if (stride == 1)
                    {
                        fold = T.Join(fold, T.Row(p, length));
                        continue;
                    }

                    for (long at = 0; at < length; at += 64)
                    {
                        long count = Math.Min(64, length - at);
                        for (long q = 0; q < count; q++) gathered[q] = p[(at + q) * stride];
                        fold = T.Join(fold, T.Row(gathered, count));
                    }
                }
            }

            y[i] = (float)T.Finish(fold, plan.Count);
        }
    }
}
