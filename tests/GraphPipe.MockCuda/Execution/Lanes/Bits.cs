using System.Numerics;

namespace GraphPipe.MockCuda.Execution.Lanes;

/// <summary>Bit fields, counts and permutations (PTX ISA 9.7.1.16 to 9.7.1.22, 9.7.8.6, 9.7.8.7, 9.7.9.7).</summary>
internal static class Bits
{
    internal readonly struct Popc<T> : IUnary<T, uint> where T : IBinaryInteger<T>
    {
        public static uint Apply(T a) => uint.CreateTruncating(T.PopCount(a));
    }

    internal readonly struct Clz<T> : IUnary<T, uint> where T : IBinaryInteger<T>
    {
        public static uint Apply(T a) => uint.CreateTruncating(T.LeadingZeroCount(a));
    }

    internal readonly struct Brev32 : IUnary<uint, uint>
    {
        public static uint Apply(uint a)
        {
            uint r = 0;
            for (int k = 0; k < 32; k++)
                r |= ((a >> k) & 1) << (31 - k);
            return r;
        }
    }

    internal readonly struct Brev64 : IUnary<ulong, ulong>
    {
        public static ulong Apply(ulong a) => ((ulong)Brev32.Apply((uint)a) << 32) | Brev32.Apply((uint)(a >> 32));
    }

    /// <summary>bfind: the place of the leading one, of a negative number of the leading zero; all ones where there is none.</summary>
    internal readonly struct Bfind<T> : IUnary<T, uint> where T : unmanaged, IBinaryInteger<T>
    {
        public static unsafe uint Apply(T a)
        {
            T x = T.IsNegative(a) ? ~a : a;
            return x == T.Zero ? uint.MaxValue : (uint)((8 * sizeof(T)) - 1) - uint.CreateTruncating(T.LeadingZeroCount(x));
        }
    }

    /// <summary>bfind.shiftamt: how far to shift left until the found bit stands on top.</summary>
    internal readonly struct BfindShift<T> : IUnary<T, uint> where T : unmanaged, IBinaryInteger<T>
    {
        public static unsafe uint Apply(T a)
        {
            uint place = Bfind<T>.Apply(a);
            return place == uint.MaxValue ? place : (uint)((8 * sizeof(T)) - 1) - place;
        }
    }

    /// <summary>bfe d, a, pos, len: a field, extended by its top bit where the type is signed.</summary>
    internal readonly struct Bfe<T> : IBitField<T> where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        public static unsafe T Apply(T a, T unused, uint position, uint length)
        {
            uint pos = position & 0xFF, len = length & 0xFF;
            uint top = (uint)(8 * sizeof(T)) - 1;
            bool signed = T.MinValue < T.Zero;
            T sign = !signed || len == 0 ? T.Zero : (a >> (int)Math.Min(pos + len - 1, top)) & T.One;
            T fill = sign == T.Zero ? T.Zero : ~T.Zero;
            if (len == 0)
                return T.Zero;
            T field = pos > top ? fill : Logical(a, (int)pos);
            uint kept = pos > top ? 0 : Math.Min(len, top + 1 - pos);
            if (kept > top)
                return field;
            T mask = (T.One << (int)kept) - T.One;
            return kept == 0 ? fill : (field & mask) | (fill & ~mask);
        }

        private static T Logical(T a, int n) => a >>> n;
    }

    /// <summary>bfi d, a, b, pos, len: the low bits of a into b.</summary>
    internal readonly struct Bfi<T> : IBitField<T> where T : unmanaged, IBinaryInteger<T>
    {
        public static unsafe T Apply(T a, T b, uint position, uint length)
        {
            uint pos = position & 0xFF, len = length & 0xFF, width = (uint)(8 * sizeof(T));
            if (pos >= width || len == 0)
                return b;
            uint kept = Math.Min(len, width - pos);
            T mask = (kept == width ? ~T.Zero : (T.One << (int)kept) - T.One) << (int)pos;
            return (b & ~mask) | ((a << (int)pos) & mask);
        }
    }

    /// <summary>lop3.b32 with its truth table: bit (a·4 + b·2 + c) of the table is the result.</summary>
    internal readonly struct Lop3 : IWithImmediate
    {
        public static uint Apply(uint a, uint b, uint c, long table)
        {
            uint r = 0;
            for (int row = 0; row < 8; row++)
            {
                if (((table >> row) & 1) != 0)
                    r |= ((row & 4) != 0 ? a : ~a) & ((row & 2) != 0 ? b : ~b) & ((row & 1) != 0 ? c : ~c);
            }
            return r;
        }
    }

    /// <summary>prmt.b32 in its default mode: each nibble of c picks a byte of {b, a}; its top bit replicates that byte's sign.</summary>
    internal readonly struct Prmt : IWithImmediate
    {
        public static uint Apply(uint a, uint b, uint c, long unused)
        {
            ulong bytes = ((ulong)b << 32) | a;
            uint r = 0;
            for (int k = 0; k < 4; k++)
            {
                uint selector = (c >> (4 * k)) & 0xF;
                uint value = (uint)(bytes >> (int)(8 * (selector & 7))) & 0xFF;
                if ((selector & 8) != 0)
                    value = (value & 0x80) != 0 ? 0xFFu : 0;
                r |= value << (8 * k);
            }
            return r;
        }
    }

    /// <summary>shf.l: the top 32 bits of {b, a} shifted left; bit 0 of the immediate says that the amount wraps instead of clamping.</summary>
    internal readonly struct FunnelLeft : IWithImmediate
    {
        public static uint Apply(uint a, uint b, uint c, long wrap)
        {
            int n = (int)(wrap != 0 ? c & 31 : Math.Min(c, 32));
            return (uint)(((((ulong)b << 32) | a) << n) >> 32);
        }
    }

    internal readonly struct FunnelRight : IWithImmediate
    {
        public static uint Apply(uint a, uint b, uint c, long wrap)
        {
            int n = (int)(wrap != 0 ? c & 31 : Math.Min(c, 32));
            return (uint)((((ulong)b << 32) | a) >> n);
        }
    }
}

/// <summary>d = f(a, b, position, length).</summary>
internal interface IBitField<T>
{
    static abstract T Apply(T a, T b, uint position, uint length);
}

/// <summary>d = f(a, b, c) on 32 bits, with a constant of the instruction.</summary>
internal interface IWithImmediate
{
    static abstract uint Apply(uint a, uint b, uint c, long immediate);
}

/// <summary>The loops of bit-field forms.</summary>
internal static unsafe class BitShapes
{
    public static Handler Field<T, TOp>() where T : unmanaged where TOp : IBitField<T> => new(&RunField<T, TOp>);

    public static Handler WithImmediate<TOp>() where TOp : IWithImmediate => new(&RunImmediate<TOp>);

    /// <summary>bfe reads A, C, D; bfi reads A, B, C, D.</summary>
    private static void RunField<T, TOp>(ref LaneContext c, Instruction i) where T : unmanaged where TOp : IBitField<T>
    {
        byte* r = c.Registers;
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            T result = TOp.Apply(
                Slot.Read<T>(r + i.A, lane), Slot.Read<T>(r + i.B, lane), Slot.Read<uint>(r + i.C, lane), Slot.Read<uint>(r + i.D, lane));
            Slot.Write(r + i.Dst, lane, result);
        }
    }

    private static void RunImmediate<TOp>(ref LaneContext c, Instruction i) where TOp : IWithImmediate
    {
        byte* r = c.Registers;
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            uint result = TOp.Apply(
                Slot.Read<uint>(r + i.A, lane), Slot.Read<uint>(r + i.B, lane), Slot.Read<uint>(r + i.C, lane), i.Immediate);
            Slot.Write(r + i.Dst, lane, result);
        }
    }
}
