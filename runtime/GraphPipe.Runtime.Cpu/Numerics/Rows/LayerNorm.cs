using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>
/// Layer normalisation over contiguous rows: <c>y = ((x - mean)·invStd)·gamma + beta</c>, invStd = 1/√(variance + eps).
/// </summary>
public static unsafe class LayerNorm
{
    /// <summary>Mean and inverse standard deviation of a run of n floats; two passes, so that a large mean does no harm.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Statistics(float* x, long n, float eps, out float mean, out float invStd)
    {
        mean = (float)(RowFold.Sum(default(IdentityMap), x, n) / n);
        double variance = RowFold.Sum(new DeviationMap(mean), x, n) / n;
        invStd = (float)(1 / Math.Sqrt(variance + eps));
    }

    /// <summary>Forward, saving what the backward needs.</summary>
    /// <param name="x">[rows, n].</param>
    /// <param name="gamma">[n], or null for one.</param>
    /// <param name="beta">[n], or null for zero.</param>
    /// <param name="y">[rows, n].</param>
    /// <param name="mean">[rows], or null.</param>
    /// <param name="invStd">[rows], or null.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="n">Row length.</param>
    /// <param name="eps">Added to the variance.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(float* x, float* gamma, float* beta, float* y, float* mean, float* invStd, long rows, long n, float eps)
    {
        for (long r = 0; r < rows; r++, x += n, y += n)
        {
            Statistics(x, n, eps, out float m, out float s);
            if (mean != null) mean[r] = m;
            if (invStd != null) invStd[r] = s;
            var center = Vector512.Create(m);
            var scale = Vector512.Create(s);
            for (long i = 0; i < n; i += 16)
            {
                long left = n - i;
                var v = (Lanes.Load(x + i, left) - center) * scale;
                if (gamma != null) v *= Lanes.Load(gamma + i, left);
                if (beta != null) v += Lanes.Load(beta + i, left);
                Lanes.Store(y + i, v, left);
            }
        }
    }

    /// <summary>
    /// Gradient of the input: with g = dy·gamma and x̂ the normalised row, <c>dx = invStd·(g - mean(g) - x̂·mean(g·x̂))</c>.
    /// </summary>
    /// <param name="dy">[rows, n].</param>
    /// <param name="x">[rows, n], the forward's input.</param>
    /// <param name="gamma">[n], or null.</param>
    /// <param name="mean">[rows], as saved.</param>
    /// <param name="invStd">[rows], as saved.</param>
    /// <param name="dx">[rows, n]; may be dy.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="n">Row length.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BackwardInput(float* dy, float* x, float* gamma, float* mean, float* invStd, float* dx, long rows, long n)
    {
        for (long r = 0; r < rows; r++, dy += n, x += n, dx += n)
        {
            var center = Vector512.Create(mean[r]);
            var scale = Vector512.Create(invStd[r]);
            double sum = 0, dot = 0;
            for (long from = 0; from < n; from += RowFold.Run)
            {
                Vector512<float> s = default, d = default;
                for (long i = from; i < Math.Min(n, from + RowFold.Run); i += 16)
                {
                    // Lanes past the end have dy = 0 and add nothing.
                    long left = n - i;
                    var g = Lanes.Load(dy + i, left);
                    if (gamma != null) g *= Lanes.Load(gamma + i, left);
                    s += g;
                    d += g * ((Lanes.Load(x + i, left) - center) * scale);
                }

                sum += Lanes.Sum(s);
                dot += Lanes.Sum(d);
            }

            var meanG = Vector512.Create((float)(sum / n));
            var meanDot = Vector512.Create((float)(dot / n));
            for (long i = 0; i < n; i += 16)
            {
                long left = n - i;
                var g = Lanes.Load(dy + i, left);
                if (gamma != null) g *= Lanes.Load(gamma + i, left);
                var normal = (Lanes.Load(x + i, left) - center) * scale;
                Lanes.Store(dx + i, ((g - meanG) - normal * meanDot) * scale, left);
            }
        }
    }

    /// <summary>
    /// Gradients of scale and shift, <c>dgamma[j] = Σ_r dy·x̂</c> and <c>dbeta[j] = Σ_r dy</c>, for columns from ≤ j &lt; to; rows
    /// in the order of <see cref="ColumnFold"/>, so dbeta has the bits of a column sum of dy.
    /// </summary>
    /// <param name="dy">[rows, n].</param>
    /// <param name="x">[rows, n].</param>
    /// <param name="mean">[rows], or null for zero (RMSNorm).</param>
    /// <param name="invStd">[rows].</param>
    /// <param name="dgamma">[n], or null.</param>
    /// <param name="dbeta">[n], or null.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="n">Row length.</param>
    /// <param name="from">First column.</param>
    /// <param name="to">End of the columns.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BackwardParameters(
        float* dy, float* x, float* mean, float* invStd, float* dgamma, float* dbeta, long rows, long n, long from, long to)
    {
        for (long j = from; j < to; j += 16)
        {
            long left = to - j;
            Vector512<float> gamma = default, beta = default;
            for (long r = 0; r < rows;)
            {
                Vector512<float> g = default, b = default;
                for (long end = Math.Min(rows, r + ColumnFold.Run); r < end; r++)
                {
                    var d = Lanes.Load(dy + r * n + j, left);
                    var v = Lanes.Load(x + r * n + j, left);
                    if (mean != null) v -= Vector512.Create(mean[r]);
                    g += d * (v * Vector512.Create(invStd[r]));
                    b += d;
                }

                gamma += g;
                beta += b;
            }

            if (dgamma != null) Lanes.Store(dgamma + j, gamma, left);
            if (dbeta != null) Lanes.Store(dbeta + j, beta, left);
        }
    }
}
