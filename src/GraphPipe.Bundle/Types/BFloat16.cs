namespace GraphPipe.Bundle;

/// <summary>
/// The upper half of an f32: its sign, its exponent, and 7 bits of its fraction. What goes in is rounded once, to the nearest, halves to even; .NET 10 has no
/// such type.
/// </summary>
/// <param name="Bits">As they are stored.</param>
public readonly record struct BFloat16(ushort Bits)
{
    private const ushort QuietNaN = 0x7FC0;

    public static BFloat16 Of(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        // Adding just less than half a step carries into the upper half where the lower is more than half a step, or is half of one and the upper odd.
        return new BFloat16(float.IsNaN(value) ? (ushort)((bits >> 16 & 0x8000) | QuietNaN) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16));
    }

    /// <remarks>
    /// By way of an f32 that is cut off and marked as inexact in its last bit, so that rounding it gives what rounding the double would (Boldo and Melquiond,
    /// "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd", IEEE Transactions on Computers 57(4), 2008).
    /// </remarks>
    public static BFloat16 Of(double value)
    {
        float single = (float)value;
        if (single == value || double.IsNaN(value))
            return Of(single);
        uint bits = BitConverter.SingleToUInt32Bits(single);
        return Of(BitConverter.UInt32BitsToSingle((Math.Abs((double)single) > Math.Abs(value) ? bits - 1 : bits) | 1));
    }

    public static BFloat16 Of(long value) => value >= 0 ? Of((ulong)value) : new BFloat16((ushort)(Of(unchecked((ulong)-value)).Bits | 0x8000));

    /// <remarks>Above 2³² the lower 16 bits only say whether there is a rest, which leaves what a double holds.</remarks>
    public static BFloat16 Of(ulong value) => Of(value >> 32 == 0 ? value : ((value >> 16) | ((value & 0xFFFF) != 0 ? 1UL : 0)) * 65536.0);

    public float ToSingle() => BitConverter.UInt32BitsToSingle((uint)Bits << 16);
}
