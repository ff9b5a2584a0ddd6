using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Bundle;

/// <summary>bf16 against the definition: the nearest of its two neighbours, the even one of equally near ones. Distances are exact in double precision.</summary>
public class BFloat16Tests
{
    [Fact]
    public void Every_value_comes_back()
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            var x = new BFloat16((ushort)bits);
            Assert.Equal(BitConverter.Int32BitsToSingle(bits << 16), x.ToSingle());
            if (float.IsNaN(x.ToSingle()))
                Assert.True(float.IsNaN(BFloat16.Of(x.ToSingle()).ToSingle()));
            else
                Assert.Equal((x, x), (BFloat16.Of(x.ToSingle()), BFloat16.Of((double)x.ToSingle())));
        }
    }

    [Fact]
    public void Doubles_and_singles_go_to_the_nearest()
    {
        // Between all neighbours: a little beside the middle on both sides, by less than a single can say, and the middle.
        for (int bits = 0; bits < 0x7F7F; bits++)
        {
            double low = new BFloat16((ushort)bits).ToSingle(), high = new BFloat16((ushort)(bits + 1)).ToSingle(), middle = (low + high) / 2;
            ushort even = (ushort)((bits & 1) == 0 ? bits : bits + 1);
            foreach (int sign in (int[])[1, -1])
            {
                ushort With(int magnitude) => (ushort)(sign > 0 ? magnitude : magnitude | 0x8000);
                Assert.Equal(With(even), BFloat16.Of(sign * middle).Bits);
                Assert.Equal(With(bits), BFloat16.Of(sign * Math.BitDecrement(middle)).Bits);
                Assert.Equal(With(bits + 1), BFloat16.Of(sign * Math.BitIncrement(middle)).Bits);
                Assert.Equal(With(even), BFloat16.Of((float)(sign * middle)).Bits);
                Assert.Equal(With(bits), BFloat16.Of(sign * MathF.BitDecrement((float)middle)).Bits);
                Assert.Equal(With(bits + 1), BFloat16.Of(sign * MathF.BitIncrement((float)middle)).Bits);
            }
        }
    }

    [Fact]
    public void The_ends()
    {
        double beyond = 511.0 / 256 * Math.Pow(2, 127); // Half a step beyond the largest.
        Assert.Equal(0x7F80, BFloat16.Of(beyond).Bits);
        Assert.Equal(0x7F7F, BFloat16.Of(Math.BitDecrement(beyond)).Bits);
        Assert.Equal(0xFF80, BFloat16.Of(-1e300).Bits);
        Assert.Equal(0xFF80, BFloat16.Of(double.NegativeInfinity).Bits);
        Assert.Equal(0, BFloat16.Of(1e-300).Bits);
        Assert.Equal(0x8000, BFloat16.Of(-1e-300).Bits);
    }

    [Fact]
    public void Whole_numbers_are_rounded_once()
    {
        foreach (int exponent in (int[])[8, 20, 31, 32, 33, 40, 53, 54, 60, 62])
        {
            ulong step = 1UL << (exponent - 7), low = (1UL << exponent) + 4 * step;
            Assert.Equal((float)low, BFloat16.Of(low + step / 2).ToSingle());
            Assert.Equal((float)(low + step), BFloat16.Of(low + step / 2 + 1).ToSingle());
            Assert.Equal((float)low, BFloat16.Of(low + step / 2 - 1).ToSingle());
            Assert.Equal(-(float)(low + step), BFloat16.Of(-(long)(low + step / 2 + 1)).ToSingle());
        }

        Assert.Equal(9.223372036854775808e18f, BFloat16.Of(long.MaxValue).ToSingle());
        Assert.Equal(-9.223372036854775808e18f, BFloat16.Of(long.MinValue).ToSingle());
        Assert.Equal(1.8446744073709552e19f, BFloat16.Of(ulong.MaxValue).ToSingle());
    }
}
