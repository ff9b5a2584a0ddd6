using System.Text;

namespace GraphPipe.Bundle;

/// <summary>
/// Random numbers by counter: number i of a stream is a function of the key and i alone, the same on every platform and in every order
/// of asking. SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014): the finaliser of
/// key + (i + 1)·0x9E3779B97F4A7C15.
/// </summary>
public readonly struct CounterRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private readonly ulong _key;

    private CounterRandom(ulong key) => _key = key;

    public static CounterRandom Of(long seed) => new(Mix((ulong)seed + Golden));

    /// <summary>A stream of its own for a part of the work: an epoch, an input, a mini-batch.</summary>
    public CounterRandom Fork(long part) => new(Mix(_key ^ Mix((ulong)part + Golden)));

    /// <summary>The stream of a name, so that what is drawn for one thing does not depend on the others.</summary>
    public CounterRandom Fork(string name)
    {
        // FNV-1a, 64 bits.
        ulong hash = 0xCBF29CE484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ b) * 0x100000001B3;
        return new(Mix(_key ^ hash));
    }

    /// <summary>64 random bits.</summary>
    public ulong Bits(long counter) => Mix(_key + ((ulong)counter + 1) * Golden);

    /// <summary>A float in [0, 1): the upper 24 bits.</summary>
    public float Uniform(long counter) => (Bits(counter) >> 40) * (1f / (1 << 24));

    /// <summary>
    /// A whole number in [0, limit): the upper half of the product of 64 random bits and the limit. Its bias, limit / 2⁶⁴, is beyond notice.
    /// </summary>
    public long Below(long counter, long limit) => (long)Math.BigMul(Bits(counter), (ulong)limit, out _);

    /// <summary>
    /// Normal with mean 0 and deviation 1, as near as a sum of twelve uniform numbers comes (exact mean and variance, tails end at ±6): no
    /// logarithm or cosine, since those differ between math libraries.
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

    /// <summary>A permutation of [0, count): Fisher and Yates' shuffle from the end.</summary>
    public long[] Permutation(long count)
    {
        long[] order = new long[count];
        for (long i = 0; i < count; i++)
            order[i] = i;
        for (long i = count - 1; i > 0; i--)
        {
            long j = Below(i, i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
