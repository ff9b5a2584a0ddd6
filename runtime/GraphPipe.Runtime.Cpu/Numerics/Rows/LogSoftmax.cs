using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Logarithm of softmax, <c>y = (x - max) - log Σ e^(x - max)</c>, and its gradient <c>dx = dy - e^y·Σ dy</c>.</summary>
public static unsafe class LogSoftmax
{
    /// <summary>[rows, n] to [rows, n]; may be in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(float* x, float* y, long rows, long n)
    {
        for (long r = 0; r < rows; r++, x += n, y += n)
        {
            float max = RowFold.Max(x, n);
            var peak = Vector512.Create(max);
            var log = Vector512.Create((float)Math.Log(RowFold.Sum(new ExpMap(max), x, n)));
            for (long i = 0; i < n; i += 16) Lanes.Store(y + i, (Lanes.Load(x + i, n - i) - peak) - log, n - i);
        }
    }

    /// <summary>dx from y and dy, all [rows, n]; dx may be dy or y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(float* dy, float* y, float* dx, long rows, long n)
    {
        for (long r = 0; r < rows; r++, dy += n, y += n, dx += n)
        {
            var sum = Vector512.Create((float)RowFold.Sum(default(IdentityMap), dy, n));
            for (long i = 0; i < n; i += 16)
                Lanes.Store(dx + i, Lanes.Load(dy + i, n - i) - VectorMath.Exp(Lanes.Load(y + i, n - i)) * sum, n - i);
        }
    }

    /// <summary>Over the middle axis of [outer, axis, inner].</summary>
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
                for (long at = j; at < axis * inner; at += inner) sum += VectorMath.Exp(Lanes.Load(x + at, left) - peak);
                var log = VectorMath.Log(sum);
                for (long at = j; at < axis * inner; at += inner) Lanes.Store(y + at, (Lanes.Load(x + at, left) - peak) - log, left);
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
                Vector512<float> sum = default;
                for (long at = j; at < axis * inner; at += inner) sum += Lanes.Load(dy + at, left);
                for (long at = j; at < axis * inner; at += inner)
                    Lanes.Store(dx + at, Lanes.Load(dy + at, left) - VectorMath.Exp(Lanes.Load(y + at, left)) * sum, left);
            }
        }
    }
}
