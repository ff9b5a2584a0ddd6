using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Root-mean-square normalisation over contiguous rows: <c>y = (x·invRms)·gamma</c>, invRms = 1/√(mean(x²) + eps).</summary>
/// <remarks>The gradient of gamma is <see cref="LayerNorm.BackwardParameters"/> with a null mean.</remarks>
public static unsafe class RmsNorm
{
    /// <summary>Forward; <paramref name="invRms"/> ([rows] or null) is saved for the backward.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(float* x, float* gamma, float* y, float* invRms, long rows, long n, float eps)
    {
        for (long r = 0; r < rows; r++, x += n, y += n)
        {
            float s = (float)(1 / Math.Sqrt(RowFold.Sum(default(SquareMap), x, n) / n + eps));
            if (invRms != null) invRms[r] = s;
            var scale = Vector512.Create(s);
            for (long i = 0; i < n; i += 16)
            {
                var v = Lanes.Load(x + i, n - i) * scale;
                if (gamma != null) v *= Lanes.Load(gamma + i, n - i);
                Lanes.Store(y + i, v, n - i);
            }
        }
    }

    /// <summary><c>dx = invRms·(g - x̂·mean(g·x̂))</c> with g = dy·gamma and x̂ = x·invRms; all [rows, n].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BackwardInput(float* dy, float* x, float* gamma, float* invRms, float* dx, long rows, long n)
    {
        for (long r = 0; r < rows; r++, dy += n, x += n, dx += n)
        {
            var scale = Vector512.Create(invRms[r]);
            double dot = 0;
            for (long from = 0; from < n; from += RowFold.Run)
            {
                Vector512<float> d = default;
                for (long i = from; i < Math.Min(n, from + RowFold.Run); i += 16)
                {
                    var g = Lanes.Load(dy + i, n - i);
                    if (gamma != null) g *= Lanes.Load(gamma + i, n - i);
                    d += g * (Lanes.Load(x + i, n - i) * scale);
                }

                dot += Lanes.Sum(d);
            }

            var mean = Vector512.Create((float)(dot / n));
            for (long i = 0; i < n; i += 16)
            {
                var g = Lanes.Load(dy + i, n - i);
                if (gamma != null) g *= Lanes.Load(gamma + i, n - i);
                Lanes.Store(dx + i, (g - (Lanes.Load(x + i, n - i) * scale) * mean) * scale, n - i);
            }
        }
    }
}
