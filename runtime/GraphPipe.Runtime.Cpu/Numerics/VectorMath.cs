using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Functions of 16 floats: the two of <see cref="FloatMath"/> that loops over rows use, and those that vectors have their own form of.</summary>
public static unsafe class VectorMath
{
    /// <inheritdoc cref="FloatMath.Exp"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x) => FloatMath.Exp<Floats16>(x);

    /// <inheritdoc cref="FloatMath.Log"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Log(Vector512<float> x) => FloatMath.Log<Floats16>(x);

    /// <summary>The remainder of a/b truncated towards zero, exact, with the sign of a: C's fmod. One by one: it is exact only by long division, which vectors don't have.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Vector512<float> Remainder(Vector512<float> a, Vector512<float> b)
    {
        for (int lane = 0; lane < Lanes.Count; lane++)
            ((float*)&a)[lane] %= ((float*)&b)[lane];
        return a;
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static Vector512<float> PowGeneral(Vector512<float> x, Vector512<float> y)
    {
        var (xLow, xHigh) = Vector512.Widen(Vector512.Abs(x));
        var (yLow, yHigh) = Vector512.Widen(y);
        var r = Vector512.Narrow(Vector512.Exp(yLow * Vector512.Log(xLow)), Vector512.Exp(yHigh * Vector512.Log(xHigh)));

        // A negative base: odd integers give a negative power, other integers a positive one, all else NaN.
        var integer = Vector512.Equals(Vector512.Truncate(y), y);
        var halved = y * Vector512.Create(0.5f);
        var odd = integer & ~Vector512.Equals(Vector512.Truncate(halved), halved);
        var signed = Vector512.ConditionalSelect(odd, Floats16.CopySign(r, x), r);
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
