using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;
using Xunit;

namespace GraphPipe.Tests.Numerics;

/// <summary>Halves in vectors: f16 against .NET's, bf16 against <see cref="BFloat16"/>, at every place of a vector and of its tail.</summary>
public sealed unsafe class HalfLoopTests
{
    [Theory]
    [InlineData(DType.F16)]
    [InlineData(DType.BF16)]
    public void Every_half_is_widened(DType type)
    {
        ushort[] halves = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        float[] wide = new float[halves.Length];
        fixed (ushort* x = halves)
        fixed (float* y = wide)
            HalfLoops.Widen(type, x, y, halves.Length);
        Assert.All(wide, (value, i) => Assert.Equal(One(type, (ushort)i), value));
    }

    [Theory]
    [InlineData(DType.F16)]
    [InlineData(DType.BF16)]
    public void What_lies_at_beside_and_between_all_halves_is_rounded(DType type)
    {
        var values = new List<float> { float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue, float.Epsilon, 1e-40f, 65519.996f, 65520f, 65536f };
        for (int i = 0; i < 65535; i++)
        {
            float low = One(type, (ushort)i), high = One(type, (ushort)(i + 1)), middle = (float)((low + (double)high) / 2);
            if (float.IsFinite(low) && float.IsFinite(high))
                values.AddRange([low, middle, MathF.BitIncrement(middle), MathF.BitDecrement(middle), MathF.BitIncrement(low)]);
        }

        float[] wide = [.. values];
        ushort[] halves = new ushort[wide.Length];
        fixed (float* x = wide)
        fixed (ushort* y = halves)
            HalfLoops.Round(type, x, y, wide.Length);
        for (int i = 0; i < wide.Length; i++)
        {
            ushort expected = type == DType.F16 ? BitConverter.HalfToUInt16Bits((Half)wide[i]) : BFloat16.Of(wide[i]).Bits;
            Assert.True(expected == halves[i] || (float.IsNaN(wide[i]) && float.IsNaN(One(type, halves[i]))), $"{wide[i]:r}: {halves[i]:x4}, not {expected:x4}");
        }
    }

    [Fact]
    public void Tails_are_like_the_rest_and_nothing_behind_is_touched()
    {
        foreach (int n in (int[])[0, 1, 15, 16, 17, 33])
        {
            float[] wide = [.. Enumerable.Range(0, n + 1).Select(i => i * 0.37f - 3)];
            ushort[] halves = new ushort[n + 1];
            float[] back = new float[n + 1];
            fixed (float* x = wide)
            fixed (ushort* h = halves)
            fixed (float* y = back)
            {
                HalfLoops.Round(DType.F16, x, h, n);
                HalfLoops.Widen(DType.F16, h, y, n);
            }

            Assert.Equal([.. wide[..n].Select(v => (float)(Half)v), 0], back);
            Assert.Equal(0, halves[n]);
        }
    }

    private static float One(DType type, ushort bits) => type == DType.F16 ? (float)BitConverter.UInt16BitsToHalf(bits) : new BFloat16(bits).ToSingle();
}
