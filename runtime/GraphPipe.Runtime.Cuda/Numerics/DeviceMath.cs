using GraphPipe.Runtime.Elements;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace GraphPipe.Runtime.Cuda.Numerics;

/// <summary>
/// Arithmetic of one float in code that runs on the GPU. The hardware's own functions are approximate and differ from one generation to the next; these give the same
/// bits on every GPU. NaN in, NaN out.
/// </summary>
internal static class DeviceMath
{
    // Adding and subtracting 1.5·2²³ rounds to a whole number, halves to even, for |x| < 2²².
    private const float Rounder = 12582912f;
    private const float Whole = 8388608f;

    /// <summary>a·b + c with one rounding. ILGPU has no operation for it, so the instruction is written out.</summary>
    public static float MultiplyAdd(float a, float b, float c)
    {
        CudaAsm.Emit("fma.rn.f32 %0, %1, %2, %3;", out float result, a, b, c);
        return result;
    }

    /// <inheritdoc cref="FloatMath.Exp"/>
    public static float Exp(float x) => FloatMath.Exp<OneFloat>(x);

    /// <inheritdoc cref="FloatMath.Log"/>
    public static float Log(float x) => FloatMath.Log<OneFloat>(x);

    /// <summary>The nearest whole number, halves to even. From 2²³ on all floats are whole; below, the sum with it has no places for less.</summary>
    public static float Round(float x) => Abs(x) < Whole ? CopySign(Abs(x) + Whole - Whole, x) : x;

    /// <summary>The largest whole number that is not above x.</summary>
    public static float Floor(float x)
    {
        float n = Round(x);
        return n > x ? n - 1f : n;
    }

    public static float Abs(float x) => Interop.IntAsFloat(Interop.FloatAsInt(x) & 0x7FFFFFFFu);

    /// <summary>The magnitude of one number with the sign of another.</summary>
    public static float CopySign(float magnitude, float sign) =>
        Interop.IntAsFloat((Interop.FloatAsInt(magnitude) & 0x7FFFFFFFu) | (Interop.FloatAsInt(sign) & 0x80000000u));

    /// <summary>The larger, of zeros the positive; NaN if either is.</summary>
    public static float Max(float a, float b) => a == b ? Interop.IntAsFloat(Interop.FloatAsInt(a) & Interop.FloatAsInt(b)) : a > b || !(a <= float.PositiveInfinity) ? a : b;

    /// <summary>The smaller, of zeros the negative; NaN if either is.</summary>
    public static float Min(float a, float b) => a == b ? Interop.IntAsFloat(Interop.FloatAsInt(a) | Interop.FloatAsInt(b)) : a < b || !(a <= float.PositiveInfinity) ? a : b;

    /// <summary>x^y. Whole exponents of small size by multiplication in double precision, others by double exponential and logarithm series.</summary>
    public static float Pow(float x, float y)
    {
        if (y == 2f)
            return x * x;
        if (y == 1f)
            return x;
        if (y == 0f || x == 1f)
            return 1f;
        if (y == 0.5f)
            return MathF.Sqrt(x);
        bool whole = Floor(y) == y;
        if (whole && Abs(y) <= 64f)
        {
            double product = 1, power = x;
            for (int n = (int)Abs(y); n != 0; n >>= 1)
            {
                product = (n & 1) != 0 ? product * power : product;
                power *= power;
            }

            return (float)(y < 0f ? 1 / product : product);
        }

        if (x < 0f && !whole)
            return float.NaN;
        float magnitude = DoubleMath.Pow(Abs(x), y);
        return x < 0f && Floor(y * 0.5f) * 2f != y ? -magnitude : magnitude;
    }

    /// <summary>The remainder of a/b truncated towards zero, exact, with the sign of a: C's fmod, by long division.</summary>
    public static float Remainder(float a, float b)
    {
        float x = Abs(a), y = Abs(b);
        if (!(x < float.PositiveInfinity) || !(y <= float.PositiveInfinity) || y == 0f)
            return float.NaN;
        if (x < y)
            return a;

        // Both as whole numbers below 2²⁴ times a power of two; denormals have the exponent of the smallest normal number.
        int xBits = (int)Interop.FloatAsInt(x), yBits = (int)Interop.FloatAsInt(y), xField = xBits >> 23, yField = yBits >> 23;
        int rest = xField == 0 ? xBits : (xBits & 0x7FFFFF) | 0x800000, divisor = yField == 0 ? yBits : (yBits & 0x7FFFFF) | 0x800000;
        int exponent = yField == 0 ? 1 : yField;

        // The rest stays below twice the divisor only if that has all of its 24 bits.
        for (; divisor < 0x800000; divisor <<= 1)
            exponent--;
        for (int shift = (xField == 0 ? 1 : xField) - exponent; shift >= 0; shift--)
        {
            rest = rest >= divisor ? rest - divisor : rest;
            rest = shift > 0 ? rest << 1 : rest;
        }

        // Two factors, the second of which may make a denormal; exact, since no bit lies below the divisor's last.
        int scale = exponent - 150, half = scale >> 1;
        return CopySign(rest * PowerOfTwo(half) * PowerOfTwo(scale - half), a);
    }

    /// <summary>As <see cref="Round"/> for |x| &lt; 2²²; a zero has either sign.</summary>
    public static float Nearest(float x) => x + Rounder - Rounder;

    /// <summary>2^i for -126 ≤ i ≤ 127, straight into the exponent field.</summary>
    public static float PowerOfTwo(int i) => Interop.IntAsFloat((uint)(i + 127) << 23);
}
