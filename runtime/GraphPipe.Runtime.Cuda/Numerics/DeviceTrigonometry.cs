using ILGPU;

namespace GraphPipe.Runtime.Cuda.Numerics;

/// <summary>
/// Sine, cosine and tangent of one float of any size in code that runs on the GPU; the same bits on every GPU. After FreeBSD's
/// msun (k_sinf.c, k_cosf.c): polynomials in double precision, rounded once.
/// </summary>
internal static class DeviceTrigonometry
{
    // Up to here the quotient of x and π/2 is a whole number that π/2 in two parts, of 25 and 53 bits, can be multiplied with.
    private const float Near = 1e5f;
    private const double HalfPi1 = 1.57079631090164184570;
    private const double HalfPi2 = 1.58932547735281966916e-08;

    public static float Sin(float x)
    {
        double r = Reduce(x, out int quadrant);
        double value = (quadrant & 1) == 0 ? SinNearZero(r) : CosNearZero(r);
        return (float)((quadrant & 2) == 0 ? value : -value);
    }

    public static float Cos(float x)
    {
        double r = Reduce(x, out int quadrant);
        double value = (quadrant & 1) == 0 ? CosNearZero(r) : SinNearZero(r);
        return (float)(((quadrant + 1) & 2) == 0 ? value : -value);
    }

    public static float Tan(float x)
    {
        double r = Reduce(x, out int quadrant);
        double sin = SinNearZero(r), cos = CosNearZero(r);
        return (float)((quadrant & 1) == 0 ? sin / cos : -cos / sin);
    }

    private static double SinNearZero(double r)
    {
        double z = r * r, w = z * z, s = z * r;
        double high = -0.000198393348360966317347 + z * 0.0000027183114939898219064;
        return r + s * (-0.166666666416265235595 + z * 0.0083333293858894631756) + s * w * high;
    }

    private static double CosNearZero(double r)
    {
        double z = r * r, w = z * z;
        double high = -0.00138867637746099294692 + z * 0.0000243904487962774090654;
        return 1.0 + z * -0.499999997251031003120 + w * 0.0416666233237390631894 + w * z * high;
    }

    /// <summary>x less the nearest multiple of π/2, and which multiple it is, modulo 4. NaN of what is not finite.</summary>
    private static double Reduce(float x, out int quadrant)
    {
        if (!(DeviceMath.Abs(x) < float.PositiveInfinity))
        {
            quadrant = 0;
            return double.NaN;
        }

        if (DeviceMath.Abs(x) > Near)
            return ReduceFar(x, out quadrant);

        // Adding and subtracting 1.5·2⁵² rounds to a whole number.
        double n = x * 0.636619772367581343076 + 6755399441055744.0 - 6755399441055744.0;
        quadrant = (int)n & 3;
        return x - n * HalfPi1 - n * HalfPi2;
    }

    // Payne and Hanek, "Radian reduction for trigonometric functions", 1983: the product with those of the 192 bits of 2/π that matter, in 2.62 fixed point. After N. Juffa's
    // form for floats.
    private static double ReduceFar(float x, out int quadrant)
    {
        uint bits = (uint)Interop.FloatAsInt(x), mantissa = ((bits & 0x007FFFFFu) << 8) | 0x80000000u;
        int exponent = (int)((bits >> 23) & 0xFFu) - 126, word = exponent >> 5, shift = exponent & 31;
        uint high = TwoOverPi(word - 1), middle = TwoOverPi(word), low = TwoOverPi(word + 1), next = TwoOverPi(word + 2);
        if (shift != 0)
        {
            high = (high << shift) | (middle >> (32 - shift));
            middle = (middle << shift) | (low >> (32 - shift));
            low = (low << shift) | (next >> (32 - shift));
        }

        ulong p = (ulong)mantissa * low;
        p = (ulong)mantissa * middle + (p >> 32);
        p = ((ulong)(mantissa * high) << 32) + p;
        int q = (int)(p >> 62);
        long fraction = (long)(p & 0x3FFFFFFFFFFFFFFFUL);
        if ((p & 0x2000000000000000UL) != 0)
        {
            fraction -= 0x4000000000000000L;
            q++;
        }

        // In units of 2^-62 of π/2.
        double r = fraction * 3.4061215800865545e-19;
        quadrant = (x < 0f ? -q : q) & 3;
        return x < 0f ? -r : r;
    }

    // 2/π/4, 32 bits at a time. A chain of comparisons: kernels have no arrays of constants.
    private static uint TwoOverPi(int word) =>
        word == 0 ? 0x28BE60DBu
        : word == 1 ? 0x9391054Au
        : word == 2 ? 0x7F09D5F4u
        : word == 3 ? 0x7D4D3770u
        : word == 4 ? 0x36D8A566u
        : word == 5 ? 0x4F10E410u
        : 0u;
}
