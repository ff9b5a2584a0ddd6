using ILGPU;

namespace GraphPipe.Runtime.Cuda.Numerics;

/// <summary>IEEE 754 binary16 as its bits: to and from double precision, in code that runs on the GPU.</summary>
internal static class HalfBits
{
    public static double ToDouble(short half)
    {
        int exponent = (half >> 10) & 31, fraction = half & 0x3FF;
        double magnitude = exponent == 0 ? fraction * 5.9604644775390625e-08
            : exponent < 31 ? Interop.IntAsFloat(((ulong)(exponent + 1008) << 52) | ((ulong)fraction << 42))
            : fraction == 0 ? double.PositiveInfinity : double.NaN;
        return half < 0 ? -magnitude : magnitude;
    }

    /// <summary>Rounded to the nearest, halves to even.</summary>
    public static short Of(double x)
    {
        ulong bits = Interop.FloatAsInt(x);
        int sign = (int)(bits >> 48) & 0x8000;
        double magnitude = Interop.IntAsFloat(bits & 0x7FFFFFFFFFFFFFFFUL);
        if (!(magnitude <= double.PositiveInfinity))
            return (short)(sign | 0x7E00);

        // Half of the step beyond the largest rounds to infinity.
        if (magnitude >= 65520.0)
            return (short)(sign | 0x7C00);

        // Adding and subtracting 2⁵² steps of x's binade rounds to a whole number of them; steps of denormals are those of the smallest normal numbers.
        ulong exponent = (bits >> 52) & 0x7FF;
        exponent = exponent < 1009 ? 1009 : exponent;
        double rounder = Interop.IntAsFloat((exponent + 42) << 52);
        double rounded = magnitude + rounder - rounder;
        if (rounded < 6.103515625e-05)
            return (short)(sign | (int)(rounded * 16777216.0));
        ulong result = Interop.FloatAsInt(rounded);
        return (short)(sign | ((((int)(result >> 52) & 0x7FF) - 1008) << 10) | ((int)(result >> 42) & 0x3FF));
    }
}
