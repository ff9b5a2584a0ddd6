using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Softmax over contiguous rows, <c>y = e^(x - max) / Σ e^(x - max)</c>, and its gradient <c>dx = y·(dy - Σ dy·y)</c>.</summary>
public static unsafe class Softmax
{
    /// <summary>[rows, n] to [rows, n]; may be in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(float* x, float* y, long rows, long n)
    {
        for (long r = 0; r < rows; r++, x += n, y += n)
        {
            float max = RowFold.Max(x, n);
            var peak = Vector512.Create(max);
            Vector512<float> sum = default;
            double total = 0;
            for (long i = 0; i < n; i += 16)
            {
                // The exponentials' sums change to double precision now and then, as in RowFold.
                if (i != 0 && i % RowFold.Run == 0)
                {
                    total += Lanes.Sum(sum);
                    sum = default;
                }

                var e = VectorMath.Exp(Lanes.Load(x + i, n - i) - peak);
                if (n - i >= 16)
                {
                    e.Store(y + i);
                    sum += e;
                }
                else
                {
                    Lanes.StoreTail(y + i, e, (int)(n - i));
                    sum += e & Lanes.Mask((int)(n - i));
                }
            }

            total += Lanes.Sum(sum);
            var scale = Vector512.Create((float)(1 / total));
            for (long i = 0; i < n; i += 16) Lanes.Store(y + i, Lanes.Load(y + i, n - i) * scale, n - i);
        }
    }

    /// <summary>dx from y and dy, all [rows, n]; dx may be dy or y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(float* dy, float* y, float* dx, long rows, long n)
    {
        for (long r = 0; r < rows; r++, dy += n, y += n, dx += n)
        {
            var dot = Vector512.Create((float)RowFold.SumOfProducts(dy, y, n));
            for (long i = 0; i < n; i += 16)
                Lanes.Store(dx + i, Lanes.Load(y + i, n - i) * (Lanes.Load(dy + i, n - i) - dot), n - i);
        }
    }

    /// <summary>Softmax over the middle axis of [outer, axis, inner].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ForwardInner(float* x, float* y, long outer, long axis, long inner)
    {
        for (long o = 0; o < outer; o++, x += axis * inner, y += axis * inner)
        {
            for (long j = 0; j < inner; j += 16)
            {
                long left = inner - j;
                var peak = AxisLanes.Max(x + j, axis, inner, left);
                Vector512<float> sum = default;
                for (long a = 0; a < axis; a++)
                {
                    var e = VectorMath.Exp(Lanes.Load(x + a * inner + j, left) - peak);
                    Lanes.Store(y + a * inner + j, e, left);
                    sum += e;
                }

                var scale = Vector512<float>.One / sum;
                for (long a = 0; a < axis; a++) Lanes.Store(y + a * inner + j, Lanes.Load(y + a * inner + j, left) * scale, left);
            }
        }
    }

    /// <summary>Gradient of <see cref="ForwardInner"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BackwardInner(float* dy, float* y, float* dx, long outer, long axis, long inner)
    {
        for (long o = 0; o < outer; o++, dy += axis * inner, y += axis * inner, dx += axis * inner)
        {
            for (long j = 0; j < inner; j += 16)
            {
                long left = inner - j;
                Vector512<float> dot = default;
                for (long at = j; at < axis * inner; at += inner) dot += Lanes.Load(dy + at, left) * Lanes.Load(y + at, left);
                for (long at = j; at < axis * inner; at += inner)
                    Lanes.Store(dx + at, Lanes.Load(y + at, left) * (Lanes.Load(dy + at, left) - dot), left);
            }
        }
    }
}

/// <summary>Folds down the middle axis of [axis, inner] for 16 (or <c>left</c>) neighbouring inner positions.</summary>
internal static unsafe class AxisLanes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Max(float* x, long axis, long inner, long left)
    {
        var m = Vector512.Create(float.NegativeInfinity);
        for (long a = 0; a < axis; a++) m = Vector512.Max(m, Lanes.Load(x + a * inner, left));
        return m;
    }
}
