using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Ranges of halves to f32 and back, each element by itself.</summary>
public static unsafe class HalfLoops
{
    /// <param name="type">f16 or bf16.</param>
    public static void Widen(DType type, ushort* x, float* y, long n)
    {
        if (type == DType.F16) Widen<Float16Format>(x, y, n);
        else Widen<BFloat16Format>(x, y, n);
    }

    /// <param name="type">f16 or bf16.</param>
    public static void Round(DType type, float* x, ushort* y, long n)
    {
        if (type == DType.F16) Round<Float16Format>(x, y, n);
        else Round<BFloat16Format>(x, y, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen<TFormat>(ushort* x, float* y, long n)
        where TFormat : struct, IHalfFormat
    {
        long i = 0;
        for (; i + Lanes.Count <= n; i += Lanes.Count)
            TFormat.Widen(Load(x + i)).Store(y + i);
        if (i == n)
            return;
        ushort* tail = stackalloc ushort[Lanes.Count];
        for (long k = i; k < n; k++)
            tail[k - i] = x[k];
        Lanes.StoreTail(y + i, TFormat.Widen(Load(tail)), (int)(n - i));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Round<TFormat>(float* x, ushort* y, long n)
        where TFormat : struct, IHalfFormat
    {
        long i = 0;
        for (; i + Lanes.Count <= n; i += Lanes.Count)
            Store(TFormat.Round(Vector512.Load(x + i)), y + i);
        if (i == n)
            return;
        ushort* tail = stackalloc ushort[Lanes.Count];
        Store(TFormat.Round(Lanes.LoadTail(x + i, (int)(n - i))), tail);
        for (long k = i; k < n; k++)
            y[k] = tail[k - i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Load(ushort* x)
    {
        var halves = Vector256.Load(x);
        return Vector512.Create(Vector256.WidenLower(halves), Vector256.WidenUpper(halves));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<uint> bits, ushort* y) => Vector256.Narrow(bits.GetLower(), bits.GetUpper()).Store(y);
}
