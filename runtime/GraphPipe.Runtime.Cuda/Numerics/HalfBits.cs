using ILGPU;

namespace GraphPipe.Runtime.Cuda.Numerics;

/// <summary>IEEE 754 binary16 as its bits: to and from single and double precision, in code that runs on the GPU.</summary>
internal readonly struct HalfBits : IStoredFloat<short>
{
    public static float ToSingle(short half)
    {
        int exponent = (half >> 10) & 31, fraction = half & 0x3FF;
        float magnitude = exponent == 0 ? fraction * 5.9604644775390625e-08f
            : exponent < 31 ? Interop.IntAsFloat((uint)(((exponent + 112) << 23) | (fraction << 13)))
            : fraction == 0 ? float.PositiveInfinity : float.NaN;
        return half < 0 ? -magnitude : magnitude;
    }

    /// <summary>Rounded as <see cref="Of(double)"/> rounds, by steps of 2²³ in x's binade.</summary>
    public static short Of(float x)
    {
        uint bits = Interop.FloatAsInt(x);
        int sign = (int)(bits >> 16) & 0x8000;
        float magnitude = Interop.IntAsFloat(bits & 0x7FFFFFFFU);
        if (!(magnitude <= float.PositiveInfinity))
            return (short)(sign | 0x7E00);
        if (magnitude >= 65520f)
            return (short)(sign | 0x7C00);
        uint exponent = (bits >> 23) & 0xFF;
        exponent = exponent < 113 ? 113 : exponent;
        float rounder = Interop.IntAsFloat((exponent + 13) << 23);
        float rounded = magnitude + rounder - rounder;
        if (rounded < 6.103515625e-05f)
            return (short)(sign | (int)(rounded * 16777216f));
        uint result = Interop.FloatAsInt(rounded);
        return (short)(sign | ((((int)(result >> 23) & 0xFF) - 112) << 10) | ((int)(result >> 13) & 0x3FF));
    }

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
