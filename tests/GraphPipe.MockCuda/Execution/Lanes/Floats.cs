using System.Numerics;
using System.Runtime.Intrinsics;

namespace GraphPipe.MockCuda.Execution.Lanes;

/// <summary>f32 and f64 arithmetic (PTX ISA 9.7.3). f16 and bf16 go through f32: 24 bits of significand are at least 2·11 + 2, so that
/// rounding twice gives what rounding once gives for + − × ÷ √ (Figueroa, "When is double rounding innocuous?", 1995); their fma is in
/// <see cref="HalfFma"/>.</summary>
internal static class Floats
{
    internal readonly struct Add<T> : IBinary<T> where T : IFloatingPointIeee754<T>
    {
        public static bool HasVectors => true;

        public static T Apply(T a, T b) => a + b;

        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a + b;
    }

    internal readonly struct Sub<T> : IBinary<T> where T : IFloatingPointIeee754<T>
    {
        public static bool HasVectors => true;

        public static T Apply(T a, T b) => a - b;

        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a - b;
    }

    internal readonly struct Mul<T> : IBinary<T> where T : IFloatingPointIeee754<T>
    {
        public static bool HasVectors => true;

        public static T Apply(T a, T b) => a * b;

        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a * b;
    }

    internal readonly struct Div<T> : IBinary<T> where T : IFloatingPointIeee754<T>
    {
        public static bool HasVectors => true;

        public static T Apply(T a, T b) => a / b;

        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a / b;
    }

    internal readonly struct FmaSingle : ITernary<float>
    {
        public static bool HasVectors => true;

        public static float Apply(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

        public static Vector256<float> Apply(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
            Vector256.FusedMultiplyAdd(a, b, c);
    }

    internal readonly struct FmaDouble : ITernary<double>
    {
        public static bool HasVectors => true;

        public static double Apply(double a, double b, double c) => Math.FusedMultiplyAdd(a, b, c);

        public static Vector256<double> Apply(Vector256<double> a, Vector256<double> b, Vector256<double> c) =>
            Vector256.FusedMultiplyAdd(a, b, c);
    }

    /// <summary>A NaN beside a number gives the number; −0 is below +0 (9.7.3.11).</summary>
    internal readonly struct Min<T> : IBinary<T> where T : IFloatingPointIeee754<T>
    {
        public static T Apply(T a, T b) => T.MinNumber(a, b);
    }

    internal readonly struct Max<T> : IBinary<T> where T : IFloatingPointIeee754<T>
    {
        public static T Apply(T a, T b) => T.MaxNumber(a, b);
    }

    /// <summary>min.NaN: a NaN stays.</summary>
    internal readonly struct MinNaN<T> : IBinary<T> where T : IFloatingPointIeee754<T>
    {
        public static T Apply(T a, T b) => T.Min(a, b);
    }

    internal readonly struct MaxNaN<T> : IBinary<T> where T : IFloatingPointIeee754<T>
    {
        public static T Apply(T a, T b) => T.Max(a, b);
    }

    internal readonly struct Abs<T> : IUnary<T, T> where T : IFloatingPointIeee754<T>
    {
        public static T Apply(T a) => T.Abs(a);
    }

    internal readonly struct Neg<T> : IUnary<T, T> where T : IFloatingPointIeee754<T>
    {
        public static T Apply(T a) => -a;
    }

    /// <summary>copysign d, a, b: the value of b with the sign of a (9.7.3.7).</summary>
    internal readonly struct CopySign<T> : IBinary<T> where T : IFloatingPointIeee754<T>
    {
        public static T Apply(T a, T b) => T.CopySign(b, a);
    }

    internal readonly struct Sqrt<T> : IUnary<T, T> where T : IFloatingPointIeee754<T>
    {
        public static T Apply(T a) => T.Sqrt(a);
    }

    internal readonly struct Rcp<T> : IUnary<T, T> where T : IFloatingPointIeee754<T>
    {
        public static T Apply(T a) => T.One / a;
    }

    internal readonly struct FlushSingle : IUnary<float, float>
    {
        public static float Apply(float a) => float.IsSubnormal(a) ? MathF.CopySign(0, a) : a;
    }

    /// <summary>Values below 2⁻¹⁴, the smallest normal f16, become zeros.</summary>
    internal readonly struct FlushHalf : IUnary<float, float>
    {
        public static float Apply(float a) => MathF.Abs(a) < 6.103515625e-05f ? MathF.CopySign(0, a) : a;
    }

    /// <summary>.sat: into [0, 1], NaN to +0 (9.7.3).</summary>
    internal readonly struct Saturate<T> : IUnary<T, T> where T : IFloatingPointIeee754<T>
    {
        public static T Apply(T a) => a > T.Zero ? a < T.One ? a : T.One : T.Zero;
    }
}

/// <summary>The .approx functions (PTX ISA 9.7.3.14 to 9.7.3.22). Hardware approximates to within 1 or 2 ulp and worse; here each is the
/// double result rounded, so it stands well inside every bound that the ISA gives, but is not the hardware's bits.</summary>
internal static class Approximations
{
    internal readonly struct Rsqrt : IUnary<float, float>
    {
        public static float Apply(float a) => (float)(1 / Math.Sqrt(a));
    }

    internal readonly struct RsqrtDouble : IUnary<double, double>
    {
        public static double Apply(double a) => Gross(1 / Math.Sqrt(a));
    }

    internal readonly struct RcpDouble : IUnary<double, double>
    {
        public static double Apply(double a) => Gross(1 / a);
    }

    internal readonly struct Sin : IUnary<float, float>
    {
        public static float Apply(float a) => (float)Math.Sin(a);
    }

    internal readonly struct Cos : IUnary<float, float>
    {
        public static float Apply(float a) => (float)Math.Cos(a);
    }

    internal readonly struct Exp2 : IUnary<float, float>
    {
        public static float Apply(float a) => (float)Math.Pow(2, a);
    }

    internal readonly struct Log2 : IUnary<float, float>
    {
        public static float Apply(float a) => (float)Math.Log2(a);
    }

    internal readonly struct Tanh : IUnary<float, float>
    {
        public static float Apply(float a) => (float)Math.Tanh(a);
    }

    /// <summary>rcp.approx.ftz.f64 and rsqrt.approx.f64 give 20 bits of mantissa and 32 bits of zeros (9.7.3.13): code that forgets its
    /// Newton steps is to show it.</summary>
    private static double Gross(double value) =>
        BitConverter.UInt64BitsToDouble(BitConverter.DoubleToUInt64Bits(value) & 0xFFFF_FFFF_0000_0000);
}

/// <summary>fma of f16 and bf16, rounded once. The product is exact in double; the sum is rounded to odd (Boldo and Melquiond, "Emulation
/// of FMA and correctly rounded sums", 2008), and a sum rounded to odd at 53 bits rounds to 11 or 8 bits as the exact one does.</summary>
internal static class HalfFma
{
    internal readonly struct F16 : ITernary<ushort>
    {
        public static ushort Apply(ushort a, ushort b, ushort c) => (ushort)FloatFormat.F16.FromDouble(
            Odd((double)FloatFormat.F16.ToDouble(a) * FloatFormat.F16.ToDouble(b), FloatFormat.F16.ToDouble(c)), Rounding.Nearest);
    }

    internal readonly struct BF16 : ITernary<ushort>
    {
        public static ushort Apply(ushort a, ushort b, ushort c) => (ushort)FloatFormat.BF16.FromDouble(
            Odd(FloatFormat.BF16.ToDouble(a) * FloatFormat.BF16.ToDouble(b), FloatFormat.BF16.ToDouble(c)), Rounding.Nearest);
    }

    private static double Odd(double p, double c)
    {
        double s = p + c;
        if (!double.IsFinite(s))
            return s;
        double back = s - p;
        double error = (p - (s - back)) + (c - back);
        ulong bits = BitConverter.DoubleToUInt64Bits(s);
        if (error == 0 || (bits & 1) == 1)
            return s;
        return BitConverter.UInt64BitsToDouble(error > 0 == s > 0 ? bits + 1 : bits - 1);
    }
}
