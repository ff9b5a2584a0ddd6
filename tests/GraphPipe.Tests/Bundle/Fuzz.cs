using CsCheck;
using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Bundle;

/// <summary>Damages good input in every way a disk or an attacker may; only diagnostics of the expected kinds may come out.</summary>
internal static class Fuzz
{
    /// <summary>Reads damaged versions of <paramref name="good"/>; each must be read or refused with one of the codes.</summary>
    public static void Damage(byte[] good, Action<byte[]> read, string[] codes, int times = 1500)
    {
        var damaged = Gen.OneOf(
            Gen.Int[0, good.Length].Select(length => good[..length]),
            Gen.Select(Gen.Int[0, good.Length - 1], Gen.Int[0, 7]).Array[1, 3].Select(flips => Flipped(good, flips)),
            Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte.Array[1, 8]).Select((at, bytes) => Overwritten(good, at, bytes)),
            Gen.Select(Gen.Int[0, good.Length], Gen.Byte.Array[1, 8]).Select((at, bytes) => (byte[])[.. good[..at], .. bytes, .. good[at..]]),
            Gen.Select(Gen.Int[0, good.Length - 1], Gen.Int[1, 40]).Select((at, count) => (byte[])[.. good[..at], .. good[Math.Min(good.Length, at + count)..]]),
            Gen.Byte.Array[0, 200]);
        damaged.Sample(bytes => Expect(() => read(bytes), codes), iter: times, threads: 1);
    }

    public static void Refused(string code, Action action)
    {
        var e = Assert.Throws<DiagnosticException>(action);
        Assert.All(e.Diagnostics, d => Assert.Equal(code, d.Code));
        Assert.All(e.Diagnostics, d => Assert.NotEqual("", d.Location));
    }

    private static void Expect(Action read, string[] codes)
    {
        try
        {
            read();
        }
        catch (DiagnosticException e)
        {
            Assert.All(e.Diagnostics, d => Assert.Contains(d.Code, codes));
        }
    }

    private static byte[] Flipped(byte[] good, (int At, int Bit)[] flips)
    {
        byte[] bytes = [.. good];
        foreach (var (at, bit) in flips)
            bytes[at] ^= (byte)(1 << bit);
        return bytes;
    }

    private static byte[] Overwritten(byte[] good, int at, byte[] with)
    {
        byte[] bytes = [.. good];
        with.AsSpan(0, Math.Min(with.Length, good.Length - at)).CopyTo(bytes.AsSpan(at));
        return bytes;
    }
}
