using System.Numerics;
using System.Runtime.Intrinsics;

namespace GraphPipe.MockCuda.Execution.Lanes;

/// <summary>Integer arithmetic and logic (PTX ISA 9.7.1 and 9.7.8), one small type per operation.</summary>
internal static class Integers
{
    internal readonly struct Add<T> : IBinary<T> where T : IBinaryInteger<T>
    {
        public static bool HasVectors => true;

        public static T Apply(T a, T b) => unchecked(a + b);

        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a + b;
    }

    internal readonly struct Sub<T> : IBinary<T> where T : IBinaryInteger<T>
    {
        public static bool HasVectors => true;

        public static T Apply(T a, T b) => unchecked(a - b);

        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a - b;
    }

    internal readonly struct MulLo<T> : IBinary<T> where T : IBinaryInteger<T>
    {
        public static bool HasVectors => true;

        public static T Apply(T a, T b) => unchecked(a * b);

        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a * b;
    }

    internal readonly struct MulHi<T> : IBinary<T> where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        public static unsafe T Apply(T a, T b) => T.MinValue < T.Zero
            ? T.CreateTruncating((Int128.CreateChecked(a) * Int128.CreateChecked(b)) >> (8 * sizeof(T)))
            : T.CreateTruncating((UInt128.CreateChecked(a) * UInt128.CreateChecked(b)) >> (8 * sizeof(T)));
    }

    /// <summary>The product at twice the width: mul.wide.</summary>
    internal readonly struct MulWide<TIn, TOut> : IWidening<TIn, TOut> where TIn : IBinaryInteger<TIn> where TOut : IBinaryInteger<TOut>
    {
        public static TOut Apply(TIn a, TIn b) => unchecked(TOut.CreateTruncating(a) * TOut.CreateTruncating(b));
    }

    /// <summary>The product of the low 24 bits, low 32 bits of it: mul24.lo.</summary>
    internal readonly struct Mul24<T> : IBinary<T> where T : IBinaryInteger<T>
    {
        public static T Apply(T a, T b) => unchecked(((a << 8) >> 8) * ((b << 8) >> 8));
    }

    internal readonly struct MadLo<T> : ITernary<T> where T : IBinaryInteger<T>
    {
        public static bool HasVectors => true;

        public static T Apply(T a, T b, T c) => unchecked((a * b) + c);

        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b, Vector256<T> c) => (a * b) + c;
    }

    /// <summary>Division by zero gives "an unspecified, machine-specific value" (9.7.1.8): all ones here, as NVIDIA's hardware does.</summary>
    internal readonly struct Div<T> : IBinary<T> where T : IBinaryInteger<T>, IMinMaxValue<T>
    {
        public static T Apply(T a, T b)
        {
            if (b == T.Zero)
                return ~T.Zero;
            return T.MinValue < T.Zero && b == ~T.Zero ? unchecked(T.Zero - a) : a / b;
        }
    }

    internal readonly struct Rem<T> : IBinary<T> where T : IBinaryInteger<T>, IMinMaxValue<T>
    {
        public static T Apply(T a, T b)
        {
            if (b == T.Zero)
                return a;
            return T.MinValue < T.Zero && b == ~T.Zero ? T.Zero : a % b;
        }
    }

    internal readonly struct Min<T> : IBinary<T> where T : IBinaryInteger<T>
    {
        public static bool HasVectors => true;

        public static T Apply(T a, T b) => T.Min(a, b);

        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.Min(a, b);
    }

    internal readonly struct Max<T> : IBinary<T> where T : IBinaryInteger<T>
    {
        public static bool HasVectors => true;

        public static T Apply(T a, T b) => T.Max(a, b);

        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.Max(a, b);
    }

    /// <summary>add.sat.s32, clamped to the type's range.</summary>
    internal readonly struct AddSaturated : IBinary<int>
    {
        public static int Apply(int a, int b) => (int)Math.Clamp((long)a + b, int.MinValue, int.MaxValue);
    }

    internal readonly struct SubSaturated : IBinary<int>
    {
        public static int Apply(int a, int b) => (int)Math.Clamp((long)a - b, int.MinValue, int.MaxValue);
    }

    internal readonly struct And<T> : IBinary<T> where T : IBinaryInteger<T>
    {
        public static bool HasVectors => true;

        public static T Apply(T a, T b) => a & b;

        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a & b;
    }

    internal readonly struct Or<T> : IBinary<T> where T : IBinaryInteger<T>
    {
        public static bool HasVectors => true;

        public static T Apply(T a, T b) => a | b;

        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a | b;
    }

    internal readonly struct Xor<T> : IBinary<T> where T : IBinaryInteger<T>
    {
        public static bool HasVectors => true;

        public static T Apply(T a, T b) => a ^ b;

        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a ^ b;
    }

    /// <summary>Shifts past the width give zero (9.7.8.8: "shift amounts greater than the register width N are clamped to N").</summary>
    internal readonly struct Shl<T> : IShift<T> where T : unmanaged, IBinaryInteger<T>
    {
        public static unsafe T Apply(T a, uint n) => n >= 8 * sizeof(T) ? T.Zero : a << (int)n;
    }

    /// <summary>Signed types fill with the sign.</summary>
    internal readonly struct Shr<T> : IShift<T> where T : unmanaged, IBinaryInteger<T>
    {
        public static unsafe T Apply(T a, uint n) =>
            n >= 8 * sizeof(T) ? T.IsNegative(a) ? ~T.Zero : T.Zero : a >> (int)n;
    }

    internal readonly struct Not<T> : IUnary<T, T> where T : IBinaryInteger<T>
    {
        public static T Apply(T a) => ~a;
    }

    /// <summary>cnot: one where the operand is zero.</summary>
    internal readonly struct LogicalNot<T> : IUnary<T, T> where T : IBinaryInteger<T>
    {
        public static T Apply(T a) => a == T.Zero ? T.One : T.Zero;
    }

    internal readonly struct Neg<T> : IUnary<T, T> where T : IBinaryInteger<T>
    {
        public static T Apply(T a) => unchecked(T.Zero - a);
    }

    internal readonly struct Abs<T> : IUnary<T, T> where T : IBinaryInteger<T>
    {
        public static T Apply(T a) => T.IsNegative(a) ? unchecked(T.Zero - a) : a;
    }

    /// <summary>c + |a − b|.</summary>
    internal readonly struct Sad<T> : ITernary<T> where T : IBinaryInteger<T>
    {
        public static T Apply(T a, T b, T c) => unchecked(c + (a < b ? b - a : a - b));
    }
}

/// <summary>d = f(a, b) at twice the width of its operands.</summary>
internal interface IWidening<TIn, TOut>
{
    static abstract TOut Apply(TIn a, TIn b);
}

/// <summary>The loop of widening products.</summary>
internal static unsafe class WideningShape
{
    public static Handler Widening<TIn, TOut, TOp>() where TIn : unmanaged where TOut : unmanaged where TOp : IWidening<TIn, TOut> =>
        new(&Run<TIn, TOut, TOp>);

    private static void Run<TIn, TOut, TOp>(ref LaneContext c, Instruction i)
        where TIn : unmanaged where TOut : unmanaged where TOp : IWidening<TIn, TOut>
    {
        byte* d = c.Registers + i.Dst, a = c.Registers + i.A, b = c.Registers + i.B;
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            Slot.Write(d, lane, TOp.Apply(Slot.Read<TIn>(a, lane), Slot.Read<TIn>(b, lane)));
        }
    }
}
