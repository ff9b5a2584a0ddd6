using System.Numerics;
using System.Runtime.Intrinsics;

namespace GraphPipe.MockCuda.Execution.Lanes;

/// <summary>d = f(a).</summary>
internal interface IUnary<TIn, TOut>
{
    static abstract TOut Apply(TIn a);
}

/// <summary>d = f(a, b); with a vector form where the full warp is worth it.</summary>
internal interface IBinary<T>
{
    static virtual bool HasVectors => false;

    static abstract T Apply(T a, T b);

    static virtual Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => throw new NotSupportedException();
}

/// <summary>d = f(a, b, c).</summary>
internal interface ITernary<T>
{
    static virtual bool HasVectors => false;

    static abstract T Apply(T a, T b, T c);

    static virtual Vector256<T> Apply(Vector256<T> a, Vector256<T> b, Vector256<T> c) => throw new NotSupportedException();
}

/// <summary>d = f(a, n) with a 32-bit n: shifts.</summary>
internal interface IShift<T>
{
    static abstract T Apply(T a, uint n);
}

/// <summary>p = f(a, b).</summary>
internal interface IComparison<T>
{
    static virtual bool HasVectors => false;

    static abstract bool Apply(T a, T b);

    static virtual Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => throw new NotSupportedException();
}

/// <summary>p = f(a, b) over whole masks.</summary>
internal interface IMaskOperation
{
    static abstract uint Apply(uint a, uint b);
}

/// <summary>The loops over lanes, one per shape of instruction. With all 32 lanes active they run on vectors where the operation has
/// them; otherwise lane by lane.</summary>
internal static unsafe class Shapes
{
    public static Handler Unary<TIn, TOut, TOp>() where TIn : unmanaged where TOut : unmanaged where TOp : IUnary<TIn, TOut> =>
        new(&RunUnary<TIn, TOut, TOp>);

    public static Handler Binary<T, TOp>() where T : unmanaged where TOp : IBinary<T> => new(&RunBinary<T, TOp>);

    public static Handler Ternary<T, TOp>() where T : unmanaged where TOp : ITernary<T> => new(&RunTernary<T, TOp>);

    public static Handler Shift<T, TOp>() where T : unmanaged where TOp : IShift<T> => new(&RunShift<T, TOp>);

    public static Handler Comparison<T, TOp>() where T : unmanaged where TOp : IComparison<T> => new(&RunComparison<T, TOp>);

    public static Handler Mask<TOp>() where TOp : IMaskOperation => new(&RunMask<TOp>);

    public static Handler Select<T>() where T : unmanaged => new(&RunSelect<T>);

    public static Handler Copy<T>() where T : unmanaged => new(&RunCopy<T>);

    private static void RunUnary<TIn, TOut, TOp>(ref LaneContext c, Instruction i)
        where TIn : unmanaged where TOut : unmanaged where TOp : IUnary<TIn, TOut>
    {
        byte* d = c.Registers + i.Dst, a = c.Registers + i.A;
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            Slot.Write(d, lane, TOp.Apply(Slot.Read<TIn>(a, lane)));
        }
    }

    private static void RunBinary<T, TOp>(ref LaneContext c, Instruction i) where T : unmanaged where TOp : IBinary<T>
    {
        byte* d = c.Registers + i.Dst, a = c.Registers + i.A, b = c.Registers + i.B;
        if (TOp.HasVectors && sizeof(T) >= 4 && c.Mask == LaneContext.Full)
        {
            for (int at = 0; at < LaneContext.WarpSize * sizeof(T); at += 32)
                TOp.Apply(Vector256.Load((T*)(a + at)), Vector256.Load((T*)(b + at))).Store((T*)(d + at));
            return;
        }
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            Slot.Write(d, lane, TOp.Apply(Slot.Read<T>(a, lane), Slot.Read<T>(b, lane)));
        }
    }

    private static void RunTernary<T, TOp>(ref LaneContext c, Instruction i) where T : unmanaged where TOp : ITernary<T>
    {
        byte* d = c.Registers + i.Dst, a = c.Registers + i.A, b = c.Registers + i.B, e = c.Registers + i.C;
        if (TOp.HasVectors && sizeof(T) >= 4 && c.Mask == LaneContext.Full)
        {
            for (int at = 0; at < LaneContext.WarpSize * sizeof(T); at += 32)
            {
                TOp.Apply(Vector256.Load((T*)(a + at)), Vector256.Load((T*)(b + at)), Vector256.Load((T*)(e + at)))
                    .Store((T*)(d + at));
            }
            return;
        }
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            Slot.Write(d, lane, TOp.Apply(Slot.Read<T>(a, lane), Slot.Read<T>(b, lane), Slot.Read<T>(e, lane)));
        }
    }

    private static void RunShift<T, TOp>(ref LaneContext c, Instruction i) where T : unmanaged where TOp : IShift<T>
    {
        byte* d = c.Registers + i.Dst, a = c.Registers + i.A, b = c.Registers + i.B;
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            Slot.Write(d, lane, TOp.Apply(Slot.Read<T>(a, lane), Slot.Read<uint>(b, lane)));
        }
    }

    private static void RunComparison<T, TOp>(ref LaneContext c, Instruction i) where T : unmanaged where TOp : IComparison<T>
    {
        byte* a = c.Registers + i.A, b = c.Registers + i.B;
        uint bits = 0;
        if (TOp.HasVectors && sizeof(T) >= 4 && c.Mask == LaneContext.Full)
        {
            int perVector = 32 / sizeof(T);
            for (int k = 0; k < LaneContext.WarpSize / perVector; k++)
            {
                var result = TOp.Apply(Vector256.Load((T*)(a + (32 * k))), Vector256.Load((T*)(b + (32 * k))));
                bits |= result.ExtractMostSignificantBits() << (k * perVector);
            }
        }
        else
        {
            for (uint m = c.Mask; m != 0; m &= m - 1)
            {
                int lane = BitOperations.TrailingZeroCount(m);
                if (TOp.Apply(Slot.Read<T>(a, lane), Slot.Read<T>(b, lane)))
                    bits |= 1u << lane;
            }
        }
        c.SetPredicate(i.Dst, bits);
    }

    private static void RunMask<TOp>(ref LaneContext c, Instruction i) where TOp : IMaskOperation =>
        c.SetPredicate(i.Dst, TOp.Apply(c.Predicate(i.A), c.Predicate(i.B)));

    private static void RunSelect<T>(ref LaneContext c, Instruction i) where T : unmanaged
    {
        byte* d = c.Registers + i.Dst, a = c.Registers + i.A, b = c.Registers + i.B;
        uint p = c.Predicate(i.C);
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            Slot.Write(d, lane, Slot.Read<T>(((p >> lane) & 1) != 0 ? a : b, lane));
        }
    }

    private static void RunCopy<T>(ref LaneContext c, Instruction i) where T : unmanaged
    {
        byte* d = c.Registers + i.Dst, a = c.Registers + i.A;
        if (c.Mask == LaneContext.Full)
        {
            Buffer.MemoryCopy(a, d, sizeof(T) == 8 ? Slot.Wide : Slot.Narrow, sizeof(T) == 8 ? Slot.Wide : Slot.Narrow);
            return;
        }
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            Slot.Write(d, lane, Slot.Read<T>(a, lane));
        }
    }
}
