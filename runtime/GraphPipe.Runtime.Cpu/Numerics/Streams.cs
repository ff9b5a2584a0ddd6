using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Loops that only stream through memory.</summary>
public static unsafe class Streams
{
    /// <summary><c>y[i] = y[i] + x[i]</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Accumulate(float* x, float* y, long n)
    {
        long i = 0;
        for (; i + 16 <= n; i += 16) (Vector512.Load(y + i) + Vector512.Load(x + i)).Store(y + i);
        if (i < n) Lanes.StoreTail(y + i, Lanes.LoadTail(y + i, (int)(n - i)) + Lanes.LoadTail(x + i, (int)(n - i)), (int)(n - i));
    }

    /// <summary><c>y[i] = y[i] + scale·x[i]</c>, the product rounded before the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Axpy(float scale, float* x, float* y, long n)
    {
        var a = Vector512.Create(scale);
        for (long i = 0; i < n; i += 16) Lanes.Store(y + i, Lanes.Load(y + i, n - i) + a * Lanes.Load(x + i, n - i), n - i);
    }

    /// <summary><c>y[i] = scale·x[i]</c>; may be in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(float scale, float* x, float* y, long n)
    {
        var a = Vector512.Create(scale);
        for (long i = 0; i < n; i += 16) Lanes.Store(y + i, a * Lanes.Load(x + i, n - i), n - i);
    }

    /// <summary><c>y[i] = value</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fill(float value, float* y, long n)
    {
        var v = Vector512.Create(value);
        for (long i = 0; i < n; i += 16) Lanes.Store(y + i, v, n - i);
    }

    /// <summary><c>y[i] = x[i]</c>; the two may overlap.</summary>
    public static void Copy(float* x, float* y, long n) => Buffer.MemoryCopy(x, y, n * sizeof(float), n * sizeof(float));
}
