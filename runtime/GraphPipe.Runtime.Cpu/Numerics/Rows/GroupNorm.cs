using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>
/// Group normalisation of [batch, channels, spatial]: each sample's group of channels is normalised as one row, then scaled and shifted per
/// channel. Instance normalisation is one channel per group.
/// </summary>
public static unsafe class GroupNorm
{
    /// <summary>Forward; mean and invStd are [batch, groups].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(
        float* x, float* gamma, float* beta, float* y, float* mean, float* invStd, long batch, long channels, long spatial, long groups, float eps)
    {
        long inGroup = channels / groups;
        for (long row = 0; row < batch * groups; row++)
        {
            float* px = x + row * inGroup * spatial, py = y + row * inGroup * spatial;
            LayerNorm.Statistics(px, inGroup * spatial, eps, out float m, out float s);
            if (mean != null) mean[row] = m;
            if (invStd != null) invStd[row] = s;
            var center = Vector512.Create(m);
            var scale = Vector512.Create(s);
            for (long c = 0; c < inGroup; c++, px += spatial, py += spatial)
            {
                long channel = row % groups * inGroup + c;
                var g = Vector512.Create(gamma == null ? 1f : gamma[channel]);
                var b = Vector512.Create(beta == null ? 0f : beta[channel]);
                for (long i = 0; i < spatial; i += 16)
                    Lanes.Store(py + i, (Lanes.Load(px + i, spatial - i) - center) * scale * g + b, spatial - i);
            }
        }
    }

    /// <summary>Gradient of the input, as in <see cref="LayerNorm.BackwardInput"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BackwardInput(
        float* dy, float* x, float* gamma, float* mean, float* invStd, float* dx, long batch, long channels, long spatial, long groups)
    {
        long inGroup = channels / groups, n = inGroup * spatial;
        for (long row = 0; row < batch * groups; row++)
        {
            float* px = x + row * n, pdy = dy + row * n, pdx = dx + row * n;
            long channel = row % groups * inGroup;
            var center = Vector512.Create(mean[row]);
            var scale = Vector512.Create(invStd[row]);
            double sum = 0, dot = 0;
            for (long c = 0; c < inGroup; c++)
            {
                ChannelSums(pdy + c * spatial, px + c * spatial, mean[row], invStd[row], spatial, out double d, out double s);
                double g = gamma == null ? 1 : gamma[channel + c];
                sum += s * g;
                dot += d * g;
            }

            var meanG = Vector512.Create((float)(sum / n));
            var meanDot = Vector512.Create((float)(dot / n));
            for (long c = 0; c < inGroup; c++)
            {
                var g = Vector512.Create(gamma == null ? 1f : gamma[channel + c]);
                for (long i = c * spatial; i < (c + 1) * spatial; i += 16)
                {
                    long left = (c + 1) * spatial - i;
                    var normal = (Lanes.Load(px + i, left) - center) * scale;
                    Lanes.Store(pdx + i, ((Lanes.Load(pdy + i, left) * g - meanG) - normal * meanDot) * scale, left);
                }
            }
        }
    }

    /// <summary>dgamma and dbeta ([channels], or null) for channels from ≤ c &lt; to; samples in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BackwardParameters(
        float* dy, float* x, float* mean, float* invStd, float* dgamma, float* dbeta, long batch, long channels, long spatial, long groups, long from, long to)
    {
        long inGroup = channels / groups;
        for (long c = from; c < to; c++)
        {
            double gamma = 0, beta = 0;
            for (long b = 0; b < batch; b++)
            {
                long at = (b * channels + c) * spatial, row = b * groups + c / inGroup;
                ChannelSums(dy + at, x + at, mean[row], invStd[row], spatial, out double d, out double s);
                gamma += d;
                beta += s;
            }

            if (dgamma != null) dgamma[c] = (float)gamma;
            if (dbeta != null) dbeta[c] = (float)beta;
        }
    }

    /// <summary>Σ dy·x̂ and Σ dy over a run of n floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ChannelSums(float* dy, float* x, float mean, float invStd, long n, out double dot, out double sum)
    {
        var center = Vector512.Create(mean);
        var scale = Vector512.Create(invStd);
        dot = 0;
        sum = 0;
        for (long from = 0; from < n; from += RowFold.Run)
        {
            Vector512<float> d = default, s = default;
            for (long i = from; i < Math.Min(n, from + RowFold.Run); i += 16)
            {
                var g = Lanes.Load(dy + i, n - i);
                s += g;
                d += g * ((Lanes.Load(x + i, n - i) - center) * scale);
            }

            dot += Lanes.Sum(d);
            sum += Lanes.Sum(s);
        }
    }
}
