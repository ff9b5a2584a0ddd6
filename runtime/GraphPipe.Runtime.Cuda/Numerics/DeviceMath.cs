using ILGPU;
using ILGPU.Runtime.Cuda;

namespace GraphPipe.Runtime.Cuda.Numerics;

/// <summary>
/// Elementary functions of one float in code that runs on the GPU. The hardware's own are approximate and differ from one generation to the next;
/// these are the polynomials of the CPU's VectorMath (Cephes by S. Moshier, erf by N. Juffa), with errors of a few units in the last place and the
/// same bits on every GPU. NaN in, NaN out.
/// </summary>
internal static class DeviceMath
{
    private const float Log2E = 1.44269504088896341f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    // Adding and subtracting 1.5·2²³ rounds to a whole number, halves to even, for |x| < 2²².
    private const float Rounder = 12582912f;

    /// <summary>a·b + c with one rounding. ILGPU has no operation for it, so the instruction is written out.</summary>
    public static float Fma(float a, float b, float c)
    {
        CudaAsm.Emit("fma.rn.f32 %0, %1, %2, %3;", out float result, a, b, c);
        return result;
    }

    /// <summary>e^x. Overflows to infinity above 88.72, denormal below -87.3, zero below -104.</summary>
    public static float Exp(float x)
    {
        // Compared this way round, NaN stays.
        x = x < -105f ? -105f : x;
        x = x > 89f ? 89f : x;
        float n = Nearest(x * Log2E);
        float p = ExpReducedMinus1(x, n) + 1f;

        // 2^n in two factors: n reaches 128 and -151, beyond what one exponent field holds.
        int i = (int)n, half = i >> 1;
        return p * PowerOfTwo(half) * PowerOfTwo(i - half);
    }

    /// <summary>e^x - 1 without cancellation near zero.</summary>
    public static float Expm1(float x)
    {
        x = x < -30f ? -30f : x;
        x = x > 89f ? 89f : x;
        float n = Nearest(x * Log2E);
        float q = ExpReducedMinus1(x, n), scale = PowerOfTwo((int)n - 1);
        float half = Fma(scale, q, scale - 0.5f);
        return half + half;
    }

    /// <summary>1/(1 + e^-x), accurate in both tails.</summary>
    public static float Sigmoid(float x)
    {
        float e = Exp(-Abs(x));
        return (x < 0f ? e : 1f) / (1f + e);
    }

    /// <summary>Hyperbolic tangent.</summary>
    public static float Tanh(float x)
    {
        float a = Abs(x), z = x * x;
        float p = Fma(-5.70498872745E-3f, z, 2.06390887954E-2f);
        p = Fma(p, z, -5.37397155531E-2f);
        p = Fma(p, z, 1.33314422036E-1f);
        p = Fma(p, z, -3.33332819422E-1f);
        float small = Fma(p * z, x, x);
        float large = 1f - 2f / (Exp(a + a) + 1f);
        return a < 0.625f ? small : x < 0f ? -large : large;
    }

    /// <summary>log(1 + e^x), for every x.</summary>
    public static float Softplus(float x) => (x <= 0f ? 0f : x) + Log1p(Exp(-Abs(x)));

    /// <summary>The error function.</summary>
    public static float Erf(float x)
    {
        float a = Abs(x), t = a > 4f ? 4f : a, s = x * x, u = t * t;
        float r = Fma(-1.72853470e-5f, t, 3.83197126e-4f), v = Fma(-3.88396438e-3f, t, 2.42546219e-2f);
        r = Fma(r, u, v);
        r = Fma(r, t, -1.06777877e-1f);
        r = Fma(r, t, -6.34846687e-1f);
        r = Fma(r, t, -1.28717512e-1f);
        r = Fma(r, t, -t);
        float large = 1f - Exp(r);
        float p = Fma(-5.96761703e-4f, s, 4.99119423e-3f);
        p = Fma(p, s, -2.67681349e-2f);
        p = Fma(p, s, 1.12819925e-1f);
        p = Fma(p, s, -3.76125336e-1f);
        p = Fma(p, s, 1.28379166e-1f);
        return t > 0.927734375f ? (x < 0f ? -large : large) : Fma(p, x, x);
    }

    /// <summary>Natural logarithm: -∞ at zero, NaN below.</summary>
    public static float Log(float x)
    {
        if (x < 0f)
            return float.NaN;
        if (x == 0f)
            return float.NegativeInfinity;
        if (!(x < float.PositiveInfinity))
            return x;

        // Denormals are scaled up by 2^23 first; then x = m·2^e with √½ ≤ m < √2.
        bool denormal = x < 1.17549435e-38f;
        int bits = (int)Interop.FloatAsInt(denormal ? x * 8388608f : x);
        int exponent = (bits - 0x3F3504F3) >> 23;
        float f = Interop.IntAsFloat((uint)(bits - (exponent << 23))) - 1f;
        float e = exponent + (denormal ? -23f : 0f);
        float p = Fma(7.0376836292E-2f, f, -1.1514610310E-1f);
        p = Fma(p, f, 1.1676998740E-1f);
        p = Fma(p, f, -1.2420140846E-1f);
        p = Fma(p, f, 1.4249322787E-1f);
        p = Fma(p, f, -1.6668057665E-1f);
        p = Fma(p, f, 2.0000714765E-1f);
        p = Fma(p, f, -2.4999993993E-1f);
        p = Fma(p, f, 3.3333331174E-1f);
        float z = f * f;
        float y = Fma(p * f, z, e * Ln2Low);
        y = Fma(-0.5f, z, y);
        return Fma(e, Ln2High, f + y);
    }

    /// <summary>log(1 + t) for t ≥ 0; what rounding takes from 1 + t is put back to first order.</summary>
    public static float Log1p(float t)
    {
        float u = 1f + t;
        return Log(u) + (t - (u - 1f)) / u;
    }

    /// <summary>The nearest whole number, halves to even.</summary>
    public static float Round(float x) => Abs(x) < 4194304f ? (x < 0f ? -Nearest(-x) : Nearest(x)) : x;

    /// <summary>The largest whole number that is not above x.</summary>
    public static float Floor(float x)
    {
        float n = Round(x);
        return n > x ? n - 1f : n;
    }

    /// <summary>-1, 0 or 1 by the sign of x; NaN and zeros give themselves.</summary>
    public static float Sign(float x) => x > 0f ? 1f : x < 0f ? -1f : x;

    public static float Abs(float x) => Interop.IntAsFloat(Interop.FloatAsInt(x) & 0x7FFFFFFFu);

    /// <summary>The magnitude of one number with the sign of another.</summary>
    public static float CopySign(float magnitude, float sign) =>
        Interop.IntAsFloat((Interop.FloatAsInt(magnitude) & 0x7FFFFFFFu) | (Interop.FloatAsInt(sign) & 0x80000000u));

    /// <summary>The larger; NaN if either is.</summary>
    public static float Max(float a, float b) => a > b || !(a <= float.PositiveInfinity) ? a : b;

    /// <summary>The smaller; NaN if either is.</summary>
    public static float Min(float a, float b) => a < b || !(a <= float.PositiveInfinity) ? a : b;

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

    private static float Nearest(float x) => x + Rounder - Rounder;

    private static float ExpReducedMinus1(float x, float n)
    {
        float r = Fma(n, -Ln2High, x);
        r = Fma(n, -Ln2Low, r);
        float p = Fma(1.9875691500E-4f, r, 1.3981999507E-3f);
        p = Fma(p, r, 8.3334519073E-3f);
        p = Fma(p, r, 4.1665795894E-2f);
        p = Fma(p, r, 1.6666665459E-1f);
        p = Fma(p, r, 5.0000001201E-1f);
        return Fma(p, r * r, r);
    }

    /// <summary>2^i for -126 ≤ i ≤ 127, straight into the exponent field.</summary>
    private static float PowerOfTwo(int i) => Interop.IntAsFloat((uint)(i + 127) << 23);
}
