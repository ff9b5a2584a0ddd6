namespace GraphPipe.Runtime;

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

    /// <summary>64 random bits.</summary>
    public ulong Bits(long counter) => Mix(_key + ((ulong)counter + 1) * Golden);

    /// <summary>A float in [0, 1): the upper 24 bits.</summary>
    public float Uniform(long counter) => (Bits(counter) >> 40) * (1f / (1 << 24));

    /// <summary>
    /// A whole number in [0, limit): the upper half of the product of 64 random bits and the limit. Its bias, limit / 2⁶⁴, is beyond notice.
    /// </summary>
    public long Below(long counter, long limit) => (long)Math.BigMul(Bits(counter), (ulong)limit, out _);

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
