using System.Numerics;

namespace GraphPipe.MockCuda.Execution.Lanes;

/// <summary>What lanes of a warp tell each other: shfl, vote, match, redux, activemask (PTX ISA 9.7.9.6 and 9.7.13.8 to 9.7.13.12). The
/// loop has seen to it that the lanes of the member mask are all here.</summary>
internal static unsafe class WarpForms
{
    /// <summary>What a lane gets from one that does not take part: the ISA calls it undefined, here it is a NaN that shows.</summary>
    public const uint Undefined = 0xFFFF_BAD0;

    public static Handler? Find(string form) => form switch
    {
        "shfl.up" => new(&ShuffleUp),
        "shfl.down" => new(&ShuffleDown),
        "shfl.bfly" => new(&ShuffleButterfly),
        "shfl.idx" => new(&ShuffleIndex),
        "vote.all" => new(&VoteAll),
        "vote.any" => new(&VoteAny),
        "vote.uni" => new(&VoteUniform),
        "vote.ballot" => new(&Ballot),
        "match.any.b32" => new(&MatchAny<uint>),
        "match.any.b64" => new(&MatchAny<ulong>),
        "match.all.b32" => new(&MatchAll<uint>),
        "match.all.b64" => new(&MatchAll<ulong>),
        "activemask" => new(&ActiveMask),
        "bar.warp" => new(&Nothing),
        "redux.add.s32" or "redux.add.u32" => new(&Reduce<uint, Integers.Add<uint>>),
        "redux.min.s32" => new(&Reduce<int, Integers.Min<int>>),
        "redux.min.u32" => new(&Reduce<uint, Integers.Min<uint>>),
        "redux.max.s32" => new(&Reduce<int, Integers.Max<int>>),
        "redux.max.u32" => new(&Reduce<uint, Integers.Max<uint>>),
        "redux.and.b32" => new(&Reduce<uint, Integers.And<uint>>),
        "redux.or.b32" => new(&Reduce<uint, Integers.Or<uint>>),
        "redux.xor.b32" => new(&Reduce<uint, Integers.Xor<uint>>),
        _ => null,
    };

    private static void ShuffleUp(ref LaneContext c, Instruction i) => Shuffle(ref c, i, 0);

    private static void ShuffleDown(ref LaneContext c, Instruction i) => Shuffle(ref c, i, 1);

    private static void ShuffleButterfly(ref LaneContext c, Instruction i) => Shuffle(ref c, i, 2);

    private static void ShuffleIndex(ref LaneContext c, Instruction i) => Shuffle(ref c, i, 3);

    /// <summary>The pseudo-code of 9.7.9.6. Parts[0]: the predicate that says whether the source lane was in range, or none.</summary>
    private static void Shuffle(ref LaneContext c, Instruction i, int mode)
    {
        uint* a = (uint*)(c.Registers + i.A), b = (uint*)(c.Registers + i.B), e = (uint*)(c.Registers + i.C);
        uint* values = stackalloc uint[LaneContext.WarpSize];
        Buffer.MemoryCopy(a, values, Slot.Narrow, Slot.Narrow);
        uint inRange = 0;
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            int bval = (int)(b[lane] & 31), cval = (int)(e[lane] & 31), segment = (int)((e[lane] >> 8) & 31);
            int max = (lane & segment) | (cval & ~segment), min = lane & segment;
            (int j, bool ok) = mode switch
            {
                0 => (lane - bval, lane - bval >= max),
                1 => (lane + bval, lane + bval <= max),
                2 => (lane ^ bval, (lane ^ bval) <= max),
                _ => (min | (bval & ~segment), (min | (bval & ~segment)) <= max),
            };
            if (!ok)
                j = lane;
            else
                inRange |= 1u << lane;
            ((uint*)(c.Registers + i.Dst))[lane] = ((c.Mask >> j) & 1) != 0 ? values[j] : Undefined;
        }
        if (i.Parts.Length > 0)
            c.SetPredicate(i.Parts[0], inRange);
    }

    private static void VoteAll(ref LaneContext c, Instruction i) =>
        c.SetPredicate(i.Dst, (c.Predicate(i.A) & c.Mask) == c.Mask ? LaneContext.Full : 0);

    private static void VoteAny(ref LaneContext c, Instruction i) =>
        c.SetPredicate(i.Dst, (c.Predicate(i.A) & c.Mask) != 0 ? LaneContext.Full : 0);

    private static void VoteUniform(ref LaneContext c, Instruction i)
    {
        uint yes = c.Predicate(i.A) & c.Mask;
        c.SetPredicate(i.Dst, yes == 0 || yes == c.Mask ? LaneContext.Full : 0);
    }

    private static void Ballot(ref LaneContext c, Instruction i) => Broadcast(ref c, i.Dst, c.Predicate(i.A) & c.Mask);

    private static void ActiveMask(ref LaneContext c, Instruction i) => Broadcast(ref c, i.Dst, c.Mask);

    private static void Nothing(ref LaneContext c, Instruction i)
    {
    }

    private static void MatchAny<T>(ref LaneContext c, Instruction i) where T : unmanaged, IEquatable<T>
    {
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            ((uint*)(c.Registers + i.Dst))[lane] = Equal<T>(ref c, i.A, lane);
        }
    }

    private static void MatchAll<T>(ref LaneContext c, Instruction i) where T : unmanaged, IEquatable<T>
    {
        bool all = Equal<T>(ref c, i.A, BitOperations.TrailingZeroCount(c.Mask)) == c.Mask;
        Broadcast(ref c, i.Dst, all ? c.Mask : 0);
        if (i.Parts.Length > 0)
            c.SetPredicate(i.Parts[0], all ? LaneContext.Full : 0);
    }

    private static uint Equal<T>(ref LaneContext c, int register, int lane) where T : unmanaged, IEquatable<T>
    {
        T value = Slot.Read<T>(c.Registers + register, lane);
        uint equal = 0;
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int other = BitOperations.TrailingZeroCount(m);
            if (Slot.Read<T>(c.Registers + register, other).Equals(value))
                equal |= 1u << other;
        }
        return equal;
    }

    private static void Reduce<T, TOp>(ref LaneContext c, Instruction i) where T : unmanaged where TOp : IBinary<T>
    {
        int first = BitOperations.TrailingZeroCount(c.Mask);
        T sum = Slot.Read<T>(c.Registers + i.A, first);
        for (uint m = c.Mask & (c.Mask - 1); m != 0; m &= m - 1)
            sum = TOp.Apply(sum, Slot.Read<T>(c.Registers + i.A, BitOperations.TrailingZeroCount(m)));
        for (uint m = c.Mask; m != 0; m &= m - 1)
            Slot.Write(c.Registers + i.Dst, BitOperations.TrailingZeroCount(m), sum);
    }

    private static void Broadcast(ref LaneContext c, int register, uint value)
    {
        for (uint m = c.Mask; m != 0; m &= m - 1)
            ((uint*)(c.Registers + register))[BitOperations.TrailingZeroCount(m)] = value;
    }
}
