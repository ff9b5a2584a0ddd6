namespace GraphPipe.Runtime.Cuda.Numerics;

/// <summary>Hyperbolic functions and their inverses in code that runs on the GPU: the CPU's formulas, operation by operation.</summary>
internal static class DeviceHyperbolic
{
    private const float Ln2 = 0.693147180559945309f;

    // From here on adding 1 to a square changes nothing, and the square of more may overflow.
    private const float Large = 1e9f;

    /// <summary>Hyperbolic sine, exact near zero and up to the largest finite result.</summary>
    public static float Sinh(float x)
    {
        float a = DeviceMath.Abs(x), e = DeviceMath.Expm1(a);

        // e^a overflows before sinh a does: there the root of it is squared.
        float root = DeviceMath.Exp(0.5f * a), small = 0.5f * (e + e / (e + 1f));
        return DeviceMath.CopySign(a > 80f ? 0.5f * root * root : small, x);
    }

    /// <summary>Hyperbolic cosine, up to the largest finite result.</summary>
    public static float Cosh(float x)
    {
        float a = DeviceMath.Abs(x), e = DeviceMath.Exp(a), root = DeviceMath.Exp(0.5f * a);
        return a > 80f ? 0.5f * root * root : 0.5f * e + 0.5f / e;
    }

    /// <summary>Inverse hyperbolic sine.</summary>
    public static float Asinh(float x)
    {
        float a = DeviceMath.Abs(x), near = DeviceMath.Log1p(a + a * a / (1f + MathF.Sqrt(1f + a * a)));
        return DeviceMath.CopySign(a > Large ? DeviceMath.Log(a) + Ln2 : near, x);
    }

    /// <summary>Inverse hyperbolic cosine; NaN below 1.</summary>
    public static float Acosh(float x)
    {
        float t = x - 1f, near = DeviceMath.Log1p(t + MathF.Sqrt(t * (t + 2f)));
        return x > Large ? DeviceMath.Log(x) + Ln2 : near;
    }

    /// <summary>Inverse hyperbolic tangent; infinite at -1 and 1, NaN beyond.</summary>
    public static float Atanh(float x)
    {
        float a = DeviceMath.Abs(x), inside = 0.5f * DeviceMath.Log1p((a + a) / (1f - a));
        return DeviceMath.CopySign(a == 1f ? float.PositiveInfinity : inside, x);
    }

    /// <summary>√(x² + 1) without overflow.</summary>
    public static float RootOfSquarePlusOne(float x)
    {
        float a = DeviceMath.Abs(x);
        return a > Large ? a : MathF.Sqrt(a * a + 1f);
    }
}
