using System.Text;

namespace GraphPipe.Models;

/// <summary>
/// Random numbers by counter: number i of a stream is a function of seed, stream name and i alone, the same bits on every machine. Only
/// whole-number arithmetic and exact scalings are used, no logarithm or cosine, since those differ between math libraries.
/// Mixing: SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
/// </summary>
internal readonly struct SeededNumbers
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private readonly ulong _key;

    private SeededNumbers(ulong key) => _key = key;

    /// <summary>The stream of a name, so that what is drawn for one parameter does not depend on the others.</summary>
    public static SeededNumbers Of(long seed, string name)
    {
        // FNV-1a, 64 bits.
        ulong hash = 0xCBF29CE484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ b) * 0x100000001B3;
        return new(Mix(Mix((ulong)seed + Golden) ^ hash));
    }

    /// <summary>64 random bits.</summary>
    public ulong Bits(long counter) => Mix(_key + ((ulong)counter + 1) * Golden);

    /// <summary>Uniform in [0, 1): the upper 24 bits.</summary>
    public float Uniform(long counter) => (Bits(counter) >> 40) * (1f / (1 << 24));

    /// <summary>A whole number in [0, limit).</summary>
    public long Below(long counter, long limit) => (long)Math.BigMul(Bits(counter), (ulong)limit, out _);

    /// <summary>
    /// Normal with mean 0 and deviation 1, as near as a sum of twelve uniform numbers comes (exact mean and variance, tails end at ±6).
    /// </summary>
    public float Normal(long counter)
    {
        // Twelve 16-bit pieces of three draws; each stands for (piece + 1/2) / 65536.
        long sum = 0;
        for (int draw = 0; draw < 3; draw++)
        {
            ulong bits = Bits(3 * counter + draw);
            sum += (long)((bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48));
        }

        return (sum + 6 - 6 * 65536) * (1f / 65536);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
