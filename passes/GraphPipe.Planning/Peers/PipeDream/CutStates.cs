using System.Collections.Immutable;
using System.Numerics;

namespace GraphPipe.Planning.Peers;

/// <summary>
/// Where a sequence of stages may be cut: sets of nodes closed under predecessors, in a topological order of the steps between them, with sums
/// over each set. What lies between a state and one that precedes it is a possible stage.
/// </summary>
internal sealed class CutStates
{
    private readonly ulong[] _before;

    /// <param name="precedes">For each state the states that directly precede it, all earlier.</param>
    public CutStates(ImmutableArray<ulong[]> closures, IReadOnlyList<int>[] precedes)
    {
        Closures = closures;
        Words = (Count + 63) / 64;
        _before = new ulong[(long)Count * Words];
        for (int j = 0; j < Count; j++)
        {
            var mine = _before.AsSpan(j * Words, Words);
            foreach (int k in precedes[j])
            {
                var theirs = _before.AsSpan(k * Words, Words);
                for (int w = 0; w <= k / 64; w++)
                    mine[w] |= theirs[w];
                mine[k / 64] |= 1UL << (k % 64);
            }
        }
    }

    public int Count => Closures.Length;

    /// <summary>Words of <see cref="Before"/>.</summary>
    public int Words { get; }

    /// <summary>The nodes of each state, as bits.</summary>
    public ImmutableArray<ulong[]> Closures { get; }

    /// <summary>Seconds of a mini-batch over the state's nodes.</summary>
    public required double[] Time { get; init; }

    public required double[] ParameterBytes { get; init; }

    /// <summary>Bytes that cross the state's border forwards.</summary>
    public required double[] Output { get; init; }

    /// <summary>Memory of the state's nodes for each mini-batch in flight.</summary>
    public required double[] PerUnit { get; init; }

    /// <summary>Memory besides.</summary>
    public required double[] Fixed { get; init; }

    /// <summary>The states that precede state <paramref name="j"/>, as bits.</summary>
    public ReadOnlySpan<ulong> Before(int j) => _before.AsSpan(j * Words, Words);

    public bool Precedes(int k, int j) => (Before(j)[k / 64] >> (k % 64) & 1) != 0;

    /// <summary>Nodes that state <paramref name="end"/> has and state <paramref name="start"/> − 1 has not, ascending.</summary>
    public ImmutableArray<int> Nodes(int start, int end)
    {
        var nodes = ImmutableArray.CreateBuilder<int>();
        for (int w = 0; w < Closures[end].Length; w++)
        {
            for (ulong bits = Closures[end][w] & ~(start > 0 ? Closures[start - 1][w] : 0); bits != 0; bits &= bits - 1)
                nodes.Add(64 * w + BitOperations.TrailingZeroCount(bits));
        }

        return nodes.ToImmutable();
    }

    /// <summary>Sums a figure of the nodes over every state.</summary>
    public static double[] Sum(IReadOnlyList<ulong[]> closures, Func<int, double> perNode)
    {
        var sums = new double[closures.Count];
        for (int s = 0; s < sums.Length; s++)
        {
            for (int w = 0; w < closures[s].Length; w++)
            {
                for (ulong bits = closures[s][w]; bits != 0; bits &= bits - 1)
                    sums[s] += perNode(64 * w + BitOperations.TrailingZeroCount(bits));
            }
        }

        return sums;
    }
}
