using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>
/// What runs on the GPU for casts: elements as they lie in memory (integers by their size, f16 and bf16 as their bits) to a double or to 64 bits and from there to others, and
/// between f32 and the halves without a detour. No double rounding comes in: floats are exact in a double, and whole numbers that a double rounds are too large for f16.
/// </summary>
internal static class CastCode
{
    public readonly struct FromF32 : IConversion<float, double>
    {
        public static double Apply(float x) => x;
    }

    public readonly struct FromF64 : IConversion<double, double>
    {
        public static double Apply(double x) => x;
    }

    public readonly struct FromF16 : IConversion<short, double>
    {
        public static double Apply(short x) => HalfBits.ToDouble(x);
    }

    public readonly struct FromBF16 : IConversion<short, double>
    {
        public static double Apply(short x) => BFloatBits.ToSingle(x);
    }

    /// <summary>A half to f32.</summary>
    public readonly struct Widen<TFormat> : IConversion<short, float>
        where TFormat : struct, IStoredFloat<short>
    {
        public static float Apply(short x) => TFormat.ToSingle(x);
    }

    /// <summary>f32 to a half.</summary>
    public readonly struct Round<TFormat> : IConversion<float, short>
        where TFormat : struct, IStoredFloat<short>
    {
        public static short Apply(float x) => TFormat.Of(x);
    }

    public readonly struct FromI8 : IConversion<byte, long>
    {
        public static long Apply(byte x) => (x ^ 0x80) - 0x80;
    }

    public readonly struct FromU8 : IConversion<byte, long>
    {
        public static long Apply(byte x) => x & 0xFF;
    }

    public readonly struct FromI16 : IConversion<short, long>
    {
        public static long Apply(short x) => x;
    }

    public readonly struct FromU16 : IConversion<short, long>
    {
        public static long Apply(short x) => x & 0xFFFF;
    }

    public readonly struct FromI32 : IConversion<int, long>
    {
        public static long Apply(int x) => x;
    }

    public readonly struct FromU32 : IConversion<int, long>
    {
        public static long Apply(int x) => x & 0xFFFFFFFFL;
    }

    public readonly struct FromI64 : IConversion<long, long>
    {
        public static long Apply(long x) => x;
    }

    public readonly struct DoubleToF32 : IConversion<double, float>
    {
        public static float Apply(double x) => (float)x;
    }

    public readonly struct DoubleToF64 : IConversion<double, double>
    {
        public static double Apply(double x) => x;
    }

    public readonly struct DoubleToF16 : IConversion<double, short>
    {
        public static short Apply(double x) => HalfBits.Of(x);
    }

    public readonly struct DoubleToBF16 : IConversion<double, short>
    {
        public static short Apply(double x) => BFloatBits.Of(x);
    }

    public readonly struct DoubleToI8 : IConversion<double, byte>
    {
        public static byte Apply(double x) => (byte)Saturated(x, -128, 127);
    }

    public readonly struct DoubleToU8 : IConversion<double, byte>
    {
        public static byte Apply(double x) => (byte)Saturated(x, 0, 255);
    }

    public readonly struct DoubleToI16 : IConversion<double, short>
    {
        public static short Apply(double x) => (short)Saturated(x, -32768, 32767);
    }

    public readonly struct DoubleToU16 : IConversion<double, short>
    {
        public static short Apply(double x) => (short)Saturated(x, 0, 65535);
    }

    public readonly struct DoubleToI32 : IConversion<double, int>
    {
        public static int Apply(double x) => (int)Saturated(x, int.MinValue, int.MaxValue);
    }

    public readonly struct DoubleToU32 : IConversion<double, int>
    {
        public static int Apply(double x) => (int)Saturated(x, 0, uint.MaxValue);
    }

    public readonly struct DoubleToI64 : IConversion<double, long>
    {
        public static long Apply(double x) => Saturated(x, long.MinValue, long.MaxValue);
    }

    public readonly struct DoubleToU64 : IConversion<double, long>
    {
        private const double Half = 9223372036854775808.0;

        // The upper half by way of the lower.
        public static long Apply(double x) =>
            !(x > 0) ? 0 : x < Half ? (long)x : x < 2 * Half ? (long)(x - Half) ^ long.MinValue : -1L;
    }

    public readonly struct DoubleToBool : IConversion<double, byte>
    {
        public static byte Apply(double x) => x != 0 ? (byte)1 : (byte)0;
    }

    public readonly struct LongToF32 : IConversion<long, float>
    {
        public static float Apply(long x) => (float)x;
    }

    public readonly struct LongToF64 : IConversion<long, double>
    {
        public static double Apply(long x) => (double)x;
    }

    public readonly struct LongToF16 : IConversion<long, short>
    {
        public static short Apply(long x) => HalfBits.Of((double)x);
    }

    public readonly struct LongToBF16 : IConversion<long, short>
    {
        public static short Apply(long x) => BFloatBits.Of(x);
    }

    public readonly struct LongToBool : IConversion<long, byte>
    {
        public static byte Apply(long x) => x != 0 ? (byte)1 : (byte)0;
    }

    public readonly struct UnsignedToF32 : IConversion<long, float>
    {
        public static float Apply(long x) => (float)(ulong)x;
    }

    public readonly struct UnsignedToF64 : IConversion<long, double>
    {
        public static double Apply(long x) => (double)(ulong)x;
    }

    public readonly struct UnsignedToF16 : IConversion<long, short>
    {
        public static short Apply(long x) => HalfBits.Of((double)(ulong)x);
    }

    public readonly struct UnsignedToBF16 : IConversion<long, short>
    {
        public static short Apply(long x) => BFloatBits.Of((ulong)x);
    }

    public readonly struct LowBits : IConversion<long, byte>, IConversion<long, short>, IConversion<long, int>, IConversion<long, long>
    {
        static byte IConversion<long, byte>.Apply(long x) => (byte)x;

        static short IConversion<long, short>.Apply(long x) => (short)x;

        static int IConversion<long, int>.Apply(long x) => (int)x;

        static long IConversion<long, long>.Apply(long x) => x;
    }

    /// <summary>Towards zero; the nearest there is for what is out of range, 0 for NaN.</summary>
    private static long Saturated(double x, long low, long high) => !(x <= double.PositiveInfinity) ? 0 : x <= low ? low : x >= high ? high : (long)x;
}
