using System.Numerics;

namespace GraphPipe.MockCuda.Execution.Lanes;

/// <summary>A conversion of one value (PTX ISA 9.7.9.22).</summary>
internal interface IConversion<TIn, TOut>
{
    static abstract TOut Apply(TIn a, Rounding rounding, bool saturate);
}

/// <summary>A float type by its storage: what conversions need of it.</summary>
internal interface IFloatStorage<T>
{
    static abstract FloatFormat Format { get; }

    static abstract double ToDouble(T bits);

    static abstract T FromBits(ulong bits);
}

/// <summary>cvt. Integers to integers truncate or, with .sat, clamp. Floats to integers round as asked, always clamp, and give 0 for a
/// NaN. Floats to floats and integers to floats go through <see cref="FloatFormat"/>, rounded once.</summary>
internal static class Conversions
{
    internal readonly struct F16 : IFloatStorage<ushort>
    {
        public static FloatFormat Format => FloatFormat.F16;

        public static double ToDouble(ushort bits) => (double)BitConverter.UInt16BitsToHalf(bits);

        public static ushort FromBits(ulong bits) => (ushort)bits;
    }

    internal readonly struct BF16 : IFloatStorage<ushort>
    {
        public static FloatFormat Format => FloatFormat.BF16;

        public static double ToDouble(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

        public static ushort FromBits(ulong bits) => (ushort)bits;
    }

    internal readonly struct F32 : IFloatStorage<float>
    {
        public static FloatFormat Format => FloatFormat.F32;

        public static double ToDouble(float bits) => bits;

        public static float FromBits(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);
    }

    internal readonly struct F64 : IFloatStorage<double>
    {
        public static FloatFormat Format => FloatFormat.F64;

        public static double ToDouble(double bits) => bits;

        public static double FromBits(ulong bits) => BitConverter.UInt64BitsToDouble(bits);
    }

    internal readonly struct IntegerToInteger<TIn, TOut> : IConversion<TIn, TOut>
        where TIn : IBinaryInteger<TIn> where TOut : IBinaryInteger<TOut>
    {
        public static TOut Apply(TIn a, Rounding rounding, bool saturate) =>
            saturate ? TOut.CreateSaturating(a) : TOut.CreateTruncating(a);
    }

    internal readonly struct IntegerToFloat<TIn, TOut, TFloat> : IConversion<TIn, TOut>
        where TIn : IBinaryInteger<TIn> where TFloat : IFloatStorage<TOut>
    {
        public static TOut Apply(TIn a, Rounding rounding, bool saturate)
        {
            if (typeof(TOut) == typeof(float) && rounding == Rounding.Nearest && !saturate)
                return (TOut)(object)float.CreateTruncating(a);
            Int128 value = Int128.CreateChecked(a);
            if (saturate)
                value = value <= 0 ? 0 : 1;
            return TFloat.FromBits(TFloat.Format.FromInteger(value, rounding));
        }
    }

    internal readonly struct FloatToInteger<TIn, TFloat, TOut> : IConversion<TIn, TOut>
        where TFloat : IFloatStorage<TIn> where TOut : IBinaryInteger<TOut>
    {
        public static TOut Apply(TIn a, Rounding rounding, bool saturate) =>
            TOut.CreateSaturating(ToIntegral(TFloat.ToDouble(a), rounding));
    }

    internal readonly struct FloatToFloat<TIn, TFrom, TOut, TTo> : IConversion<TIn, TOut>
        where TFrom : IFloatStorage<TIn> where TTo : IFloatStorage<TOut>
    {
        public static TOut Apply(TIn a, Rounding rounding, bool saturate)
        {
            double value = TFrom.ToDouble(a);
            if (saturate)
                value = Floats.Saturate<double>.Apply(value);
            return TTo.FromBits(TTo.Format.FromDouble(value, rounding));
        }
    }

    /// <summary>cvt.rni, .rzi, .rmi, .rpi between floats of one type: to an integral value.</summary>
    internal readonly struct ToIntegralFloat<T, TFloat> : IConversion<T, T> where TFloat : IFloatStorage<T>
    {
        public static T Apply(T a, Rounding rounding, bool saturate)
        {
            double value = ToIntegral(TFloat.ToDouble(a), rounding);
            if (saturate)
                value = Floats.Saturate<double>.Apply(value);
            return TFloat.FromBits(TFloat.Format.FromDouble(value, Rounding.Nearest));
        }
    }

    private static double ToIntegral(double value, Rounding rounding) => rounding switch
    {
        Rounding.Nearest => Math.Round(value, MidpointRounding.ToEven),
        Rounding.Zero => Math.Truncate(value),
        Rounding.Down => Math.Floor(value),
        _ => Math.Ceiling(value),
    };
}

/// <summary>The loop of conversions.</summary>
internal static unsafe class ConversionShape
{
    public static Handler Convert<TIn, TOut, TOp>() where TIn : unmanaged where TOut : unmanaged where TOp : IConversion<TIn, TOut> =>
        new(&Run<TIn, TOut, TOp>);

    private static void Run<TIn, TOut, TOp>(ref LaneContext c, Instruction i)
        where TIn : unmanaged where TOut : unmanaged where TOp : IConversion<TIn, TOut>
    {
        byte* d = c.Registers + i.Dst, a = c.Registers + i.A;
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            Slot.Write(d, lane, TOp.Apply(Slot.Read<TIn>(a, lane), i.Rounding, i.Saturate));
        }
    }
}
