namespace GraphPipe.MockCuda.Execution.Lanes;

/// <summary>An IEEE-like binary format and rounding into it in all four modes: one road for every narrowing conversion.</summary>
/// <param name="Precision">Bits of significand with the hidden one.</param>
/// <param name="ExponentBits">Width of the exponent.</param>
internal readonly record struct FloatFormat(int Precision, int ExponentBits)
{
    public static FloatFormat F16 => new(11, 5);

    public static FloatFormat BF16 => new(8, 8);

    public static FloatFormat F32 => new(24, 8);

    public static FloatFormat F64 => new(53, 11);

    private int Bias => (1 << (ExponentBits - 1)) - 1;

    private ulong InfinityBits => ((1UL << ExponentBits) - 1) << (Precision - 1);

    private ulong SignBit => 1UL << (ExponentBits + Precision - 1);

    /// <summary>Quiet NaN: all ones below the sign, which is what PTX calls canonical (9.7.3: 0x7fffffff, 0x7fff).</summary>
    private ulong NaNBits => SignBit - 1;

    /// <summary>The value of bits of this format, exactly.</summary>
    public double ToDouble(ulong bits)
    {
        int exponent = (int)((bits >> (Precision - 1)) & ((1UL << ExponentBits) - 1));
        ulong fraction = bits & ((1UL << (Precision - 1)) - 1);
        bool negative = (bits & SignBit) != 0;
        double magnitude;
        if (exponent == (1 << ExponentBits) - 1)
            magnitude = fraction != 0 ? double.NaN : double.PositiveInfinity;
        else if (exponent == 0)
            magnitude = Math.ScaleB(fraction, 2 - Bias - Precision);
        else
            magnitude = Math.ScaleB(fraction | (1UL << (Precision - 1)), exponent - Bias - Precision + 1);
        return negative ? -magnitude : magnitude;
    }

    public ulong FromDouble(double value, Rounding rounding)
    {
        if (double.IsNaN(value))
            return NaNBits;
        ulong bits = BitConverter.DoubleToUInt64Bits(value);
        bool negative = bits >> 63 != 0;
        if (double.IsInfinity(value))
            return InfinityBits | (negative ? SignBit : 0);
        int exponent = (int)((bits >> 52) & 0x7FF);
        ulong fraction = bits & 0xF_FFFF_FFFF_FFFF;
        return exponent == 0
            ? Round(negative, fraction, -1074, rounding)
            : Round(negative, fraction | (1UL << 52), exponent - 1075, rounding);
    }

    public ulong FromInteger(Int128 value, Rounding rounding) =>
        Round(value < 0, (UInt128)(value < 0 ? -value : value), 0, rounding);

    /// <summary>The bits of ±magnitude·2^exponent in this format.</summary>
    private ulong Round(bool negative, UInt128 magnitude, int exponent, Rounding rounding)
    {
        ulong sign = negative ? SignBit : 0;
        if (magnitude == 0)
            return sign;
        int length = 128 - (int)UInt128.LeadingZeroCount(magnitude);
        // The exponent of the last place kept: of a normal number by its length, of a subnormal one by the format.
        int last = Math.Max(exponent + length - Precision, 2 - Bias - Precision);
        int drop = last - exponent;
        UInt128 kept;
        if (drop <= 0)
        {
            kept = magnitude << -drop;
        }
        else
        {
            kept = drop >= 128 ? 0 : magnitude >> drop;
            UInt128 rest = drop >= 128 ? magnitude : magnitude - (kept << drop);
            UInt128 half = drop > 128 ? UInt128.MaxValue : UInt128.One << (drop - 1);
            bool up = rest != 0 && rounding switch
            {
                Rounding.Nearest => rest > half || (rest == half && (kept & 1) == 1),
                Rounding.Up => !negative,
                Rounding.Down => negative,
                _ => false,
            };
            kept += up ? UInt128.One : UInt128.Zero;
        }
        // With the exponent added to the significand, hidden bit and all, a carry out of rounding lands in the exponent.
        int biased = last + Precision - 1 + Bias;
        bool subnormal = kept < (UInt128.One << (Precision - 1));
        ulong result = subnormal ? (ulong)kept : ((ulong)kept - (1UL << (Precision - 1))) + ((ulong)biased << (Precision - 1));
        if (result < InfinityBits)
            return sign | result;
        // Overflow: a directed mode that points to zero stops at the largest finite number.
        bool toInfinity = rounding == Rounding.Nearest || rounding == (negative ? Rounding.Down : Rounding.Up);
        return sign | (toInfinity ? InfinityBits : InfinityBits - 1);
    }
}
