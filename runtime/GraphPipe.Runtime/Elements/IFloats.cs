namespace GraphPipe.Runtime.Elements;

/// <summary>
/// Floats that a function is applied to at once: one on a GPU, a vector of them on the CPU. Functions are written once with what is here and give the same
/// value for an element wherever it lies. Every operation rounds once and none is contracted with another. What ILGPU compiles has no Span, no
/// exceptions and no allocation. What ILGPU 1.5.3 sees as a constant, it may put wrong: on the left of a comparison it is turned round, and with it the result where the other is NaN; a sum with zero
/// is taken for the other operand, which loses the sign of a zero. So constants stand on the right of comparisons, nothing is added to a zero, and no function returns a constant, which a fused kernel
/// would give the next.
/// </summary>
/// <typeparam name="T">The type itself.</typeparam>
public interface IFloats<T>
    where T : struct, IFloats<T>
{
    /// <summary>The same value in every place.</summary>
    static abstract implicit operator T(float value);

    static abstract T operator +(T a, T b);

    static abstract T operator -(T a, T b);

    static abstract T operator *(T a, T b);

    static abstract T operator /(T a, T b);

    static abstract T operator -(T x);

    /// <summary>a·b + c with one rounding.</summary>
    static abstract T MultiplyAdd(T a, T b, T c);

    static abstract T Sqrt(T x);

    static abstract T Abs(T x);

    /// <summary>The magnitude of one with the sign of the other.</summary>
    static abstract T CopySign(T magnitude, T sign);

    /// <summary>The larger, of zeros the positive; NaN if either is.</summary>
    static abstract T Max(T a, T b);

    /// <summary>The smaller, of zeros the negative; NaN if either is.</summary>
    static abstract T Min(T a, T b);

    /// <summary>x limited to [low, high]; NaN stays.</summary>
    static abstract T Clamp(T x, float low, float high);

    /// <summary>The nearest whole number, halves to even.</summary>
    static abstract T Round(T x);

    /// <summary>As <see cref="Round"/> for |x| &lt; 2²², where it is cheaper; a zero has either sign.</summary>
    static abstract T Nearest(T x);

    /// <summary>The largest whole number that is not above x.</summary>
    static abstract T Floor(T x);

    /// <summary>2^n for whole n from -126 to 127.</summary>
    static abstract T PowerOfTwo(T n);

    /// <summary>x·2^n for whole n from -252 to 254, in two factors: the result may be beyond what one exponent field holds.</summary>
    static abstract T Scale(T x, T n);

    /// <summary>The whole e of x = m·2^e with √½ ≤ m &lt; √2, for normal x above zero; anything for others.</summary>
    static abstract T Exponent(T x);

    /// <summary>The m of x = m·2^e, see <see cref="Exponent"/>.</summary>
    static abstract T Significand(T x);

    /// <summary><paramref name="yes"/> where a &lt; b, else <paramref name="no"/>, also where one is NaN.</summary>
    static abstract T WhereLess(T a, T b, T yes, T no);

    /// <summary><paramref name="yes"/> where a ≤ b, else <paramref name="no"/>, also where one is NaN.</summary>
    static abstract T WhereLessOrEqual(T a, T b, T yes, T no);

    /// <summary><paramref name="yes"/> where a &gt; b, else <paramref name="no"/>, also where one is NaN.</summary>
    static abstract T WhereGreater(T a, T b, T yes, T no);

    /// <summary><paramref name="yes"/> where a = b, else <paramref name="no"/>, also where one is NaN.</summary>
    static abstract T WhereEqual(T a, T b, T yes, T no);

    /// <summary>x^y, correct to the last place or two; each device's own, in double precision.</summary>
    static abstract T Pow(T x, T y);

    /// <summary>The remainder of a/b truncated towards zero, exact, with the sign of a: C's fmod.</summary>
    static abstract T Remainder(T a, T b);

    /// <summary>Sine of radians; each device's own.</summary>
    static abstract T Sin(T x);

    /// <summary>Cosine of radians; each device's own.</summary>
    static abstract T Cos(T x);

    /// <summary>Tangent of radians; each device's own.</summary>
    static abstract T Tan(T x);
}
