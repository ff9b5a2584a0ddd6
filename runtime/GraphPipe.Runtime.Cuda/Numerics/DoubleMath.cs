using ILGPU;

namespace GraphPipe.Runtime.Cuda.Numerics;

/// <summary>Logarithm and exponential in double precision, for what is rounded to float afterwards.</summary>
internal static class DoubleMath
{
    private const double Ln2 = 0.69314718055994530942;

    /// <summary>x^y for x ≥ 0.</summary>
    public static float Pow(float x, float y)
    {
        if (x == 0f)
            return y < 0f ? float.PositiveInfinity : 0f;
        return (float)Exp(y * Log(x));
    }

    /// <summary>Natural logarithm of a positive number, to 1e-15 of its value or so; +∞ and NaN give themselves.</summary>
    public static double Log(double x)
    {
        if (!(x < double.PositiveInfinity))
            return x;

        // x = m·2^e with √½ ≤ m < √2; log m = 2·artanh((m - 1)/(m + 1)). Floats and sums of them are no denormal doubles.
        long bits = (long)Interop.FloatAsInt(x);
        long exponent = (bits - 0x3FE6A09E667F3BCDL) >> 52;
        double m = Interop.IntAsFloat((ulong)(bits - (exponent << 52)));
        double s = (m - 1) / (m + 1), z = s * s, sum = 0;
        for (int k = 23; k >= 1; k -= 2)
            sum = sum * z + 1.0 / k;
        return exponent * Ln2 + 2 * s * sum;
    }

    /// <summary>e^x; zero below -708, infinite above 709.</summary>
    public static double Exp(double x)
    {
        if (x < -708)
            return 0;
        if (x > 709)
            return double.PositiveInfinity;
        if (!(x <= 709))
            return x;

        // e^x = 2^n·e^r with |r| ≤ ln 2 / 2, by its series.
        int n = (int)(x / Ln2 + (x < 0 ? -0.5 : 0.5));
        double r = x - n * Ln2, sum = 1;
        for (int k = 13; k >= 1; k--)
            sum = sum * r / k + 1;
        return sum * Interop.IntAsFloat((ulong)(n + 1023) << 52);
    }
}
