using System.Runtime.InteropServices;
using Xunit;

namespace GraphPipe.Tests.Numerics;

/// <summary>A float buffer at an address that is a multiple of four bytes and of nothing more, with guards on both sides.</summary>
internal sealed unsafe class Floats : IDisposable
{
    private const int Guard = 16;
    private const float Canary = -123.456f;
    private readonly float* start;

    public Floats(long length)
    {
        Length = length;
        start = (float*)NativeMemory.AlignedAlloc((nuint)(length + 2 * Guard + 1) * 4, 64);
        new Span<float>(start, (int)length + 2 * Guard + 1).Fill(Canary);
        P = start + Guard + 1;
        Span.Clear();
    }

    /// <summary>First element.</summary>
    public float* P { get; }

    public long Length { get; }

    public Span<float> Span => new(P, (int)Length);

    public float this[long i]
    {
        get => P[i];
        set => P[i] = value;
    }

    /// <summary>Uniform values in [low, high).</summary>
    public static Floats Random(long length, int seed, double low = -1, double high = 1)
    {
        var random = new Random(seed);
        var f = new Floats(length);
        for (long i = 0; i < length; i++) f[i] = (float)(low + (high - low) * random.NextDouble());
        return f;
    }

    public static Floats Of(params float[] values)
    {
        var f = new Floats(values.Length);
        values.CopyTo(f.Span);
        return f;
    }

    public Floats Copy()
    {
        var f = new Floats(Length);
        Span.CopyTo(f.Span);
        return f;
    }

    /// <summary>Checks |actual - expected| ≤ tolerance·max(1, |expected|) everywhere, and the guards.</summary>
    public void ShouldBe(Func<long, double> expected, double tolerance, string what = "")
    {
        for (long i = 0; i < Length; i++)
        {
            double e = expected(i), a = P[i];
            if (double.IsNaN(e) && double.IsNaN(a)) continue;
            if (e == a) continue;
            Assert.True(Math.Abs(a - e) <= tolerance * Math.Max(1, Math.Abs(e)), $"{what} element {i}: {a:R} instead of {e:R}");
        }

        CheckGuards(what);
    }

    /// <summary>Checks equal bits, and the guards.</summary>
    public void ShouldHaveTheBitsOf(Floats other, string what = "")
    {
        for (long i = 0; i < Length; i++)
            Assert.True(
                BitConverter.SingleToInt32Bits(P[i]) == BitConverter.SingleToInt32Bits(other.P[i]),
                $"{what} element {i}: {P[i]:R} instead of {other.P[i]:R}");
        CheckGuards(what);
    }

    public void CheckGuards(string what = "")
    {
        for (int i = 0; i <= Guard; i++) Assert.True(start[i] == Canary, $"{what}: wrote before the buffer");
        for (int i = 0; i < Guard; i++) Assert.True(P[Length + i] == Canary, $"{what}: wrote {i} past the end");
    }

    public void Dispose() => NativeMemory.AlignedFree(start);
}
