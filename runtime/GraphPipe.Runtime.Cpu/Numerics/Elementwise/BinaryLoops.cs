using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Loops over broadcast operands; ranges are of output elements, and the output may be an operand of the output's shape.</summary>
/// <remarks>Not inlined, see <see cref="UnaryLoops"/>.</remarks>
public static unsafe class BinaryLoops
{
    /// <summary><c>y = f(a, b)</c> for output elements from ≤ i &lt; to of the plan.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run<T>(in BroadcastPlan plan, float* a, float* b, float* y, long from, long to)
        where T : struct, IBinary
    {
        var at = new BroadcastCursor(in plan, from, to);
        while (at.Next()) Row<T>(a + at.A, at.StepA, b + at.B, at.StepB, y + at.Output, at.Length);
    }

    /// <summary><c>y = f(a, b)</c> over n neighbouring elements; a step is 1, or 0 for one value throughout.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Row<T>(float* a, long stepA, float* b, long stepB, float* y, long n)
        where T : struct, IBinary
    {
        long i = 0;
        if (stepA != 0 && stepB != 0)
        {
            for (; i + 16 <= n; i += 16) T.Apply(Floats16.Load(a + i), Floats16.Load(b + i)).Store(y + i);
        }
        else if (stepA != 0)
        {
            Floats16 vb = *b;
            for (; i + 16 <= n; i += 16) T.Apply(Floats16.Load(a + i), vb).Store(y + i);
        }
        else if (n > 0)
        {
            Floats16 va = *a;
            if (stepB != 0)
                for (; i + 16 <= n; i += 16) T.Apply(va, Floats16.Load(b + i)).Store(y + i);
        }

        for (; i < n; i += 16) Lanes.Store(y + i, T.Apply<Floats16>(Operand(a, stepA, i, n - i), Operand(b, stepB, i, n - i)), n - i);
    }

    /// <summary><c>y = relation(a, b)</c> as bytes 0 and 1, for output elements from ≤ i &lt; to of the plan.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Compare<T>(in BroadcastPlan plan, float* a, float* b, byte* y, long from, long to)
        where T : struct, IRelation
    {
        var at = new BroadcastCursor(in plan, from, to);
        while (at.Next()) CompareRow<T>(a + at.A, at.StepA, b + at.B, at.StepB, y + at.Output, at.Length);
    }

    /// <summary><c>y = f(a, b, c)</c> for output elements from ≤ i &lt; to of the plan.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run<T>(in BroadcastPlan plan, float* a, float* b, float* c, float* y, long from, long to)
        where T : struct, ITernary
    {
        var at = new BroadcastCursor(in plan, from, to);
        while (at.Next()) TernaryRow<T>(a + at.A, at.StepA, b + at.B, at.StepB, c + at.C, at.StepC, y + at.Output, at.Length);
    }

    /// <summary><c>y = condition ? a : b</c>; the plan's operands are condition (bytes), a and b, in this order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Where(in BroadcastPlan plan, byte* condition, float* a, float* b, float* y, long from, long to)
    {
        var at = new BroadcastCursor(in plan, from, to);
        while (at.Next()) WhereRow(condition + at.A, at.StepA, a + at.B, at.StepB, b + at.C, at.StepC, y + at.Output, at.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void TernaryRow<T>(float* a, long stepA, float* b, long stepB, float* c, long stepC, float* y, long n)
        where T : struct, ITernary
    {
        for (long i = 0; i < n; i += 16)
        {
            var v = T.Apply<Floats16>(Operand(a, stepA, i, n - i), Operand(b, stepB, i, n - i), Operand(c, stepC, i, n - i));
            Lanes.Store(y + i, v, n - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void CompareRow<T>(float* a, long stepA, float* b, long stepB, byte* y, long n)
        where T : struct, IRelation
    {
        for (long i = 0; i < n; i += 16)
        {
            ulong bits = T.Apply(Operand(a, stepA, i, n - i), Operand(b, stepB, i, n - i)).ExtractMostSignificantBits();
            if (n - i >= 16 && Bmi2.X64.IsSupported)
            {
                *(ulong*)(y + i) = Bmi2.X64.ParallelBitDeposit(bits, 0x0101010101010101);
                *(ulong*)(y + i + 8) = Bmi2.X64.ParallelBitDeposit(bits >> 8, 0x0101010101010101);
            }
            else
            {
                for (int lane = 0; lane < Math.Min(16, n - i); lane++) y[i + lane] = (byte)((bits >> lane) & 1);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void WhereRow(byte* condition, long stepCondition, float* a, long stepA, float* b, long stepB, float* y, long n)
    {
        for (long i = 0; i < n; i += 16)
        {
            var mask = stepCondition == 0
                ? Vector512.Create(*condition == 0 ? 0 : -1).AsSingle()
                : BoolLanes.Load(condition + i, n - i);
            Lanes.Store(y + i, Vector512.ConditionalSelect(mask, Operand(a, stepA, i, n - i), Operand(b, stepB, i, n - i)), n - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Operand(float* p, long step, long i, long left) => step == 0 ? Vector512.Create(*p) : Lanes.Load(p + i, left);
}

/// <summary>Bytes of bool as lanes of float masks.</summary>
internal static unsafe class BoolLanes
{
    /// <summary>All bits of a lane set where the byte is not zero; zero past <paramref name="left"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* p, long left)
    {
        var bytes = left >= 16 ? Vector128.Load(p) : Tail(p, (int)left);
        var (low, high) = Vector128.Widen(bytes);
        var (a, b) = Vector128.Widen(low);
        var (c, d) = Vector128.Widen(high);
        var wide = Vector512.Create(Vector256.Create(a, b), Vector256.Create(c, d));
        return (~Vector512.Equals(wide, Vector512<uint>.Zero)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector128<byte> Tail(byte* p, int count)
    {
        Vector128<byte> v = default;
        for (int i = 0; i < count; i++) ((byte*)&v)[i] = p[i];
        return v;
    }
}
