using System.Diagnostics;
using System.Numerics;
using GraphPipe.MockCuda.Memory;

namespace GraphPipe.MockCuda.Execution.Lanes;

/// <summary>Moves that are more than a copy: packing and unpacking (PTX ISA 9.7.9.5), clocks (10.21 to 10.24), isspacep (9.7.9.19).</summary>
internal static unsafe class Moves
{
    /// <summary>Dst from Parts, the first in the lowest bits.</summary>
    public static Handler Pack<TPart, TWhole>()
        where TPart : unmanaged, IBinaryInteger<TPart> where TWhole : unmanaged, IBinaryInteger<TWhole> => new(&RunPack<TPart, TWhole>);

    /// <summary>Parts from A.</summary>
    public static Handler Unpack<TPart, TWhole>()
        where TPart : unmanaged, IBinaryInteger<TPart> where TWhole : unmanaged, IBinaryInteger<TWhole> => new(&RunUnpack<TPart, TWhole>);

    public static Handler Clock32 => new(&RunClock<uint>);

    public static Handler Clock64 => new(&RunClock<ulong>);

    /// <summary>The high word of the clock.</summary>
    public static Handler ClockHigh => new(&RunClockHigh);

    /// <summary>Immediate: 0 global, 1 shared, 2 local.</summary>
    public static Handler IsInSpace => new(&RunIsInSpace);

    private static void RunPack<TPart, TWhole>(ref LaneContext c, Instruction i)
        where TPart : unmanaged, IBinaryInteger<TPart> where TWhole : unmanaged, IBinaryInteger<TWhole>
    {
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            TWhole whole = TWhole.Zero;
            for (int k = 0; k < i.Parts.Length; k++)
                whole |= TWhole.CreateTruncating(Slot.Read<TPart>(c.Registers + i.Parts[k], lane)) << (k * 8 * sizeof(TPart));
            Slot.Write(c.Registers + i.Dst, lane, whole);
        }
    }

    private static void RunUnpack<TPart, TWhole>(ref LaneContext c, Instruction i)
        where TPart : unmanaged, IBinaryInteger<TPart> where TWhole : unmanaged, IBinaryInteger<TWhole>
    {
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            TWhole whole = Slot.Read<TWhole>(c.Registers + i.A, lane);
            for (int k = 0; k < i.Parts.Length; k++)
            {
                if (i.Parts[k] != Instruction.None)
                    Slot.Write(c.Registers + i.Parts[k], lane, TPart.CreateTruncating(whole >>> (k * 8 * sizeof(TPart))));
            }
        }
    }

    private static void RunClock<T>(ref LaneContext c, Instruction i) where T : unmanaged, INumber<T>
    {
        T now = T.CreateTruncating(Stopwatch.GetTimestamp());
        for (uint m = c.Mask; m != 0; m &= m - 1)
            Slot.Write(c.Registers + i.Dst, BitOperations.TrailingZeroCount(m), now);
    }

    private static void RunClockHigh(ref LaneContext c, Instruction i)
    {
        uint now = (uint)(Stopwatch.GetTimestamp() >> 32);
        for (uint m = c.Mask; m != 0; m &= m - 1)
            Slot.Write(c.Registers + i.Dst, BitOperations.TrailingZeroCount(m), now);
    }

    private static void RunIsInSpace(ref LaneContext c, Instruction i)
    {
        uint bits = 0;
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            ulong address = Slot.Read<ulong>(c.Registers + i.A, lane);
            bool shared = address - AddressSpace.SharedWindow < AddressSpace.WindowBytes;
            bool local = address - AddressSpace.LocalWindow < AddressSpace.WindowBytes;
            bool here = i.Immediate switch { 1 => shared, 2 => local, _ => !shared && !local };
            bits |= here ? 1u << lane : 0;
        }
        c.SetPredicate(i.Dst, bits);
    }
}
