using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

public static partial class VectorMath
{
    /// <summary>Natural logarithm: -∞ at zero, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Log(Vector512<float> x)
    {
        // Denormals are scaled up by 2^23 first.
        var denormal = Vector512.LessThan(x, Vector512.Create(1.17549435e-38f));
        var scaled = Vector512.ConditionalSelect(denormal, x * Vector512.Create(8388608f), x);
        var exponentBias = Vector512.ConditionalSelect(denormal, Vector512.Create(-23f), Vector512<float>.Zero);

        // x = m·2^e with √½ ≤ m < √2.
        var bits = scaled.AsInt32();
        var exponent = (bits - Vector512.Create(0x3F3504F3)) >> 23;
        var f = (bits - (exponent << 23)).AsSingle() - Vector512<float>.One;
        var e = Vector512.ConvertToSingle(exponent) + exponentBias;

        var p = Vector512.FusedMultiplyAdd(Vector512.Create(7.0376836292E-2f), f, Vector512.Create(-1.1514610310E-1f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(1.1676998740E-1f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(-1.2420140846E-1f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(1.4249322787E-1f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(-1.6668057665E-1f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(2.0000714765E-1f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(-2.4999993993E-1f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(3.3333331174E-1f));
        var z = f * f;
        var y = Vector512.FusedMultiplyAdd(p * f, z, e * Vector512.Create(Ln2Low));
        y = Vector512.FusedMultiplyAdd(Vector512.Create(-0.5f), z, y);
        y = Vector512.FusedMultiplyAdd(e, Vector512.Create(Ln2High), f + y);

        // +∞ and NaN give themselves.
        var ordinary = Vector512.LessThan(x, Vector512.Create(float.PositiveInfinity));
        y = Vector512.ConditionalSelect(ordinary, y, x);
        y = Vector512.ConditionalSelect(Vector512.Equals(x, Vector512<float>.Zero), Vector512.Create(float.NegativeInfinity), y);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), Vector512.Create(float.NaN), y);
    }

    /// <summary>log(1 + t) for t ≥ 0; what rounding takes from 1 + t is put back to first order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Log1p(Vector512<float> t)
    {
        var u = Vector512<float>.One + t;
        return Log(u) + (t - (u - Vector512<float>.One)) / u;
    }

    /// <summary>
    /// x^y for any two floats, correct to the last place or two: computed in double precision. y = 2 is x·x and y = ½ is the square root.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Pow(Vector512<float> x, Vector512<float> y)
    {
        if (Vector512.EqualsAll(y, Vector512.Create(2f))) return x * x;
        return PowGeneral(x, y);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> PowGeneral(Vector512<float> x, Vector512<float> y)
    {
        var (xLow, xHigh) = Vector512.Widen(Vector512.Abs(x));
        var (yLow, yHigh) = Vector512.Widen(y);
        var r = Vector512.Narrow(Vector512.Exp(yLow * Vector512.Log(xLow)), Vector512.Exp(yHigh * Vector512.Log(xHigh)));

        // A negative base: odd integers give a negative power, other integers a positive one, all else NaN.
        var integer = Vector512.Equals(Vector512.Truncate(y), y);
        var halved = y * Vector512.Create(0.5f);
        var odd = integer & ~Vector512.Equals(Vector512.Truncate(halved), halved);
        var signed = Vector512.ConditionalSelect(odd, CopySign(r, x), r);
        var noPower = Vector512.LessThan(x, Vector512<float>.Zero) & Vector512.GreaterThan(x, Vector512.Create(float.NegativeInfinity)) & ~integer;
        signed = Vector512.ConditionalSelect(noPower, Vector512.Create(float.NaN), signed);

        // What the logarithm can't say: 0·∞, and bases of magnitude one with infinite exponents.
        var one = Vector512.Equals(x, Vector512<float>.One) | Vector512.Equals(y, Vector512<float>.Zero)
            | (Vector512.Equals(x, -Vector512<float>.One) & Vector512.Equals(Vector512.Abs(y), Vector512.Create(float.PositiveInfinity)));
        signed = Vector512.ConditionalSelect(one, Vector512<float>.One, signed);
        signed = Vector512.ConditionalSelect(Vector512.Equals(y, Vector512<float>.One), x, signed);
        signed = Vector512.ConditionalSelect(Vector512.Equals(y, Vector512.Create(2f)), x * x, signed);
        return signed;
    }
}
