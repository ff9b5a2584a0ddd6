using System.Numerics;
using GraphPipe.MockCuda.Memory;
using GraphPipe.MockCuda.Reports;

namespace GraphPipe.MockCuda.Execution.Lanes;

/// <summary>new = f(old, b, c) in memory; old goes to the register.</summary>
internal interface IAtomic<T>
{
    static abstract T Apply(T old, T b, T c);
}

/// <summary>atom and red (PTX ISA 9.7.13.5 and 9.7.13.6). Lanes take their turns in order of lane.</summary>
internal static class Atomics
{
    internal readonly struct Binary<T, TOp> : IAtomic<T> where TOp : IBinary<T>
    {
        public static T Apply(T old, T b, T c) => TOp.Apply(old, b);
    }

    internal readonly struct Exchange<T> : IAtomic<T>
    {
        public static T Apply(T old, T b, T c) => b;
    }

    /// <summary>cas d, [a], compare, new.</summary>
    internal readonly struct CompareAndSwap<T> : IAtomic<T> where T : IEquatable<T>
    {
        public static T Apply(T old, T b, T c) => old.Equals(b) ? c : old;
    }

    /// <summary>inc: 0 after the bound.</summary>
    internal readonly struct Increment : IAtomic<uint>
    {
        public static uint Apply(uint old, uint b, uint c) => old >= b ? 0 : old + 1;
    }

    /// <summary>dec: the bound after 0.</summary>
    internal readonly struct Decrement : IAtomic<uint>
    {
        public static uint Apply(uint old, uint b, uint c) => old == 0 || old > b ? b : old - 1;
    }

    internal readonly struct AddF16 : IAtomic<ushort>
    {
        public static ushort Apply(ushort old, ushort b, ushort c) =>
            BitConverter.HalfToUInt16Bits(BitConverter.UInt16BitsToHalf(old) + BitConverter.UInt16BitsToHalf(b));
    }

    internal readonly struct AddBF16 : IAtomic<ushort>
    {
        public static ushort Apply(ushort old, ushort b, ushort c) => (ushort)FloatFormat.BF16.FromDouble(
            Conversions.BF16.ToDouble(old) + Conversions.BF16.ToDouble(b), Rounding.Nearest);
    }

    /// <summary>Two halves of a word, each by itself.</summary>
    internal readonly struct Pair<TOp> : IAtomic<uint> where TOp : IAtomic<ushort>
    {
        public static uint Apply(uint old, uint b, uint c) =>
            TOp.Apply((ushort)old, (ushort)b, 0) | ((uint)TOp.Apply((ushort)(old >> 16), (ushort)(b >> 16), 0) << 16);
    }

    /// <summary>The handler of an operation such as add.u32 in a space; null where PTX or the mock has none.</summary>
    public static Handler? Find(string operation, string space) => space switch
    {
        "global" => InSpace<Spaces.Global>(operation),
        "shared" => InSpace<Spaces.Shared>(operation),
        _ => InSpace<Spaces.Generic>(operation),
    };

    private static Handler? InSpace<TSpace>(string operation) where TSpace : ISpace => operation switch
    {
        "add.s32" => Make<int, Binary<int, Integers.Add<int>>, TSpace>(),
        "add.u32" => Make<uint, Binary<uint, Integers.Add<uint>>, TSpace>(),
        "add.u64" or "add.s64" => Make<ulong, Binary<ulong, Integers.Add<ulong>>, TSpace>(),
        "add.f32" => Make<float, Binary<float, Floats.Add<float>>, TSpace>(),
        "add.f64" => Make<double, Binary<double, Floats.Add<double>>, TSpace>(),
        "add.f16" => Make<ushort, AddF16, TSpace>(),
        "add.bf16" => Make<ushort, AddBF16, TSpace>(),
        "add.f16x2" => Make<uint, Pair<AddF16>, TSpace>(),
        "add.bf16x2" => Make<uint, Pair<AddBF16>, TSpace>(),
        "min.s32" => Make<int, Binary<int, Integers.Min<int>>, TSpace>(),
        "min.u32" => Make<uint, Binary<uint, Integers.Min<uint>>, TSpace>(),
        "min.s64" => Make<long, Binary<long, Integers.Min<long>>, TSpace>(),
        "min.u64" => Make<ulong, Binary<ulong, Integers.Min<ulong>>, TSpace>(),
        "max.s32" => Make<int, Binary<int, Integers.Max<int>>, TSpace>(),
        "max.u32" => Make<uint, Binary<uint, Integers.Max<uint>>, TSpace>(),
        "max.s64" => Make<long, Binary<long, Integers.Max<long>>, TSpace>(),
        "max.u64" => Make<ulong, Binary<ulong, Integers.Max<ulong>>, TSpace>(),
        "and.b32" => Make<uint, Binary<uint, Integers.And<uint>>, TSpace>(),
        "and.b64" => Make<ulong, Binary<ulong, Integers.And<ulong>>, TSpace>(),
        "or.b32" => Make<uint, Binary<uint, Integers.Or<uint>>, TSpace>(),
        "or.b64" => Make<ulong, Binary<ulong, Integers.Or<ulong>>, TSpace>(),
        "xor.b32" => Make<uint, Binary<uint, Integers.Xor<uint>>, TSpace>(),
        "xor.b64" => Make<ulong, Binary<ulong, Integers.Xor<ulong>>, TSpace>(),
        "exch.b32" => Make<uint, Exchange<uint>, TSpace>(),
        "exch.b64" => Make<ulong, Exchange<ulong>, TSpace>(),
        "cas.b16" => Make<ushort, CompareAndSwap<ushort>, TSpace>(),
        "cas.b32" => Make<uint, CompareAndSwap<uint>, TSpace>(),
        "cas.b64" => Make<ulong, CompareAndSwap<ulong>, TSpace>(),
        "inc.u32" => Make<uint, Increment, TSpace>(),
        "dec.u32" => Make<uint, Decrement, TSpace>(),
        _ => null,
    };

    private static unsafe Handler Make<T, TOp, TSpace>() where T : unmanaged where TOp : IAtomic<T> where TSpace : ISpace =>
        new(&Run<T, TOp, TSpace>);

    private static unsafe void Run<T, TOp, TSpace>(ref LaneContext c, Instruction i)
        where T : unmanaged where TOp : IAtomic<T> where TSpace : ISpace
    {
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            c.Warp.At(i, lane);
            ulong address = ((ulong*)(c.Registers + i.A))[lane] + (ulong)i.Immediate;
            if (address % (ulong)sizeof(T) != 0)
            {
                throw new KernelFaultException(new Report(
                    ReportKind.Misaligned, $"atomic of {sizeof(T)} bytes at 0x{address:x}", c.Warp.Where()));
            }
            T* at = (T*)TSpace.Locate(ref c, i, lane, address, sizeof(T), AccessKind.Atomic);
            T old = *at;
            *at = TOp.Apply(old, Slot.Read<T>(c.Registers + i.B, lane), Slot.Read<T>(c.Registers + i.C, lane));
            if (i.Dst != Instruction.None)
                Slot.Write(c.Registers + i.Dst, lane, old);
        }
    }
}
