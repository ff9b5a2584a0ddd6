using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>A function of one element, applied on the way into a sum.</summary>
public interface IRowMap
{
    Vector512<float> Apply(Vector512<float> x);
}

/// <summary>x.</summary>
public readonly struct IdentityMap : IRowMap
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) => x;
}

/// <summary>|x|.</summary>
public readonly struct AbsMap : IRowMap
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) => Vector512.Abs(x);
}

/// <summary>x².</summary>
public readonly struct SquareMap : IRowMap
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) => x * x;
}

/// <summary>(x - center)².</summary>
public readonly struct DeviationMap(float center) : IRowMap
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x)
    {
        var d = x - Vector512.Create(center);
        return d * d;
    }
}

/// <summary>e^(x - peak).</summary>
public readonly struct ExpMap(float peak) : IRowMap
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) => VectorMath.Exp(x - Vector512.Create(peak));
}

/// <summary>
/// Folds of a contiguous run of floats. The order is fixed by the length alone: runs of <see cref="Run"/> elements over four
/// vectors of sums, the runs' totals added in double precision.
/// </summary>
public static unsafe class RowFold
{
    /// <summary>Elements that are summed in single precision before they go to the double-precision total.</summary>
    public const int Run = 4096;

    /// <summary>Σ map(x[i]), 0 ≤ i &lt; n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Sum<T>(T map, float* x, long n)
        where T : struct, IRowMap
    {
        double total = 0;
        for (long from = 0; from < n; from += Run)
        {
            float* p = x + from;
            long count = Math.Min(Run, n - from), i = 0;
            Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (; i + 64 <= count; i += 64)
            {
                s0 += map.Apply(Vector512.Load(p + i));
                s1 += map.Apply(Vector512.Load(p + i + 16));
                s2 += map.Apply(Vector512.Load(p + i + 32));
                s3 += map.Apply(Vector512.Load(p + i + 48));
            }

            for (; i + 16 <= count; i += 16) s0 += map.Apply(Vector512.Load(p + i));
            if (i < count) s1 += Lanes.Mask((int)(count - i)) & map.Apply(Lanes.LoadTail(p + i, (int)(count - i)));
            total += Lanes.Sum((s0 + s1) + (s2 + s3));
        }

        return total;
    }

    /// <summary>Σ x[i]·y[i], products rounded before they are added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double SumOfProducts(float* x, float* y, long n)
    {
        double total = 0;
        for (long from = 0; from < n; from += Run)
        {
            float* p = x + from, q = y + from;
            long count = Math.Min(Run, n - from), i = 0;
            Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (; i + 64 <= count; i += 64)
            {
                s0 += Vector512.Load(p + i) * Vector512.Load(q + i);
                s1 += Vector512.Load(p + i + 16) * Vector512.Load(q + i + 16);
                s2 += Vector512.Load(p + i + 32) * Vector512.Load(q + i + 32);
                s3 += Vector512.Load(p + i + 48) * Vector512.Load(q + i + 48);
            }

            for (; i + 16 <= count; i += 16) s0 += Vector512.Load(p + i) * Vector512.Load(q + i);
            if (i < count) s1 += Lanes.LoadTail(p + i, (int)(count - i)) * Lanes.LoadTail(q + i, (int)(count - i));
            total += Lanes.Sum((s0 + s1) + (s2 + s3));
        }

        return total;
    }

    /// <summary>Largest element, NaN if there is one, -∞ of nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Max(float* x, long n)
    {
        var m0 = Vector512.Create(float.NegativeInfinity);
        var m1 = m0;
        long i = 0;
        for (; i + 32 <= n; i += 32)
        {
            m0 = Vector512.Max(m0, Vector512.Load(x + i));
            m1 = Vector512.Max(m1, Vector512.Load(x + i + 16));
        }

        for (; i < n; i += 16)
            m0 = Vector512.Max(m0, i + 16 <= n ? Vector512.Load(x + i) : Lanes.LoadTail(x + i, (int)(n - i), float.NegativeInfinity));
        return Lanes.Max(Vector512.Max(m0, m1));
    }

    /// <summary>Smallest element, NaN if there is one, +∞ of nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Min(float* x, long n)
    {
        var m0 = Vector512.Create(float.PositiveInfinity);
        for (long i = 0; i < n; i += 16)
            m0 = Vector512.Min(m0, i + 16 <= n ? Vector512.Load(x + i) : Lanes.LoadTail(x + i, (int)(n - i), float.PositiveInfinity));
        return Lanes.Min(m0);
    }

    /// <summary>Product of the elements, one of nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Product(float* x, long n)
    {
        var m0 = Vector512<float>.One;
        for (long i = 0; i < n; i += 16)
            m0 *= i + 16 <= n ? Vector512.Load(x + i) : Lanes.LoadTail(x + i, (int)(n - i), 1f);
        return Lanes.Product(m0);
    }
}
