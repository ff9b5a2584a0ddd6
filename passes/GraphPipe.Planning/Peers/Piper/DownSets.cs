using System.Collections.Immutable;

namespace GraphPipe.Planning.Peers;

/// <summary>
/// All sets of nodes that are closed under successors, from the empty set to the whole graph, smaller ones first. A stage of a sequence is the
/// difference of two of them. There are few in a chain and exponentially many beside each other in branches.
/// </summary>
internal sealed class DownSets
{
    private readonly int _words;
    private ulong[] _bits;

    private DownSets(int nodes, int words)
    {
        Nodes = nodes;
        _words = words;
        _bits = new ulong[64 * words];
    }

    public int Nodes { get; }

    public int Count { get; private set; }

    /// <summary>For set i the entries <c>Starts[i]..Starts[i + 1]</c> of <see cref="Added"/> and <see cref="Larger"/>.</summary>
    public int[] Starts { get; private set; } = [];

    /// <summary>Nodes that may be added to a set.</summary>
    public int[] Added { get; private set; } = [];

    /// <summary>The set that results.</summary>
    public int[] Larger { get; private set; } = [];

    /// <summary>Enumerates them, breadth first.</summary>
    /// <param name="cap">The most that are enumerated.</param>
    /// <returns>Null if there are more than <paramref name="cap"/>.</returns>
    public static DownSets? Enumerate(int nodes, (int From, int To)[] edges, int cap)
    {
        int words = Math.Max(1, (nodes + 63) / 64);
        var sets = new DownSets(nodes, words);
        var successors = new ulong[nodes * words];
        foreach (var (from, to) in edges)
            successors[from * words + to / 64] |= 1UL << (to % 64);
        var table = new Table(sets);
        table.Find(new ulong[words]);
        List<int> starts = [], added = [], larger = [];
        ulong[] next = new ulong[words], current = new ulong[words];
        for (int set = 0; set < sets.Count; set++)
        {
            starts.Add(added.Count);
            for (int w = 0; w < words; w++)
                next[w] = current[w] = sets._bits[set * words + w];
            for (int node = 0; node < nodes; node++)
            {
                if ((current[node / 64] >> (node % 64) & 1) != 0 || !ContainsAll(current, successors, node * words))
                    continue;
                next[node / 64] |= 1UL << (node % 64);
                added.Add(node);
                larger.Add(table.Find(next));
                next[node / 64] = current[node / 64];
                if (sets.Count > cap)
                    return null;
            }
        }

        starts.Add(added.Count);
        (sets.Starts, sets.Added, sets.Larger) = ([.. starts], [.. added], [.. larger]);
        return sets;
    }

    public bool Contains(int set, int node) => (_bits[set * _words + node / 64] >> (node % 64) & 1) != 0;

    /// <summary>The nodes of <paramref name="larger"/> that are not in <paramref name="smaller"/>, ascending.</summary>
    public ImmutableArray<int> Difference(int larger, int smaller)
    {
        var nodes = ImmutableArray.CreateBuilder<int>();
        for (int node = 0; node < Nodes; node++)
        {
            if (Contains(larger, node) && !Contains(smaller, node))
                nodes.Add(node);
        }

        return nodes.ToImmutable();
    }

    /// <summary>Sums a figure of the nodes over every set.</summary>
    public double[] Sum(double[] perNode)
    {
        var sums = new double[Count];
        var known = new bool[Count];
        for (int set = 0; set < Count; set++)
        {
            for (int i = Starts[set]; i < Starts[set + 1]; i++)
            {
                if (known[Larger[i]])
                    continue;
                known[Larger[i]] = true;
                sums[Larger[i]] = sums[set] + perNode[Added[i]];
            }
        }

        return sums;
    }

    private ReadOnlySpan<ulong> Bits(int set) => new(_bits, set * _words, _words);

    private static bool ContainsAll(ulong[] set, ulong[] nodes, int start)
    {
        for (int w = 0; w < set.Length; w++)
        {
            if ((nodes[start + w] & ~set[w]) != 0)
                return false;
        }

        return true;
    }

    private void Append(ReadOnlySpan<ulong> bits)
    {
        if ((Count + 1) * _words > _bits.Length)
            Array.Resize(ref _bits, 2 * _bits.Length);
        for (int w = 0; w < _words; w++)
            _bits[Count * _words + w] = bits[w];
        Count++;
    }

    private bool IsSame(int set, ReadOnlySpan<ulong> bits)
    {
        for (int w = 0; w < _words; w++)
        {
            if (_bits[set * _words + w] != bits[w])
                return false;
        }

        return true;
    }

    /// <summary>Finds sets by their bits: open addressing.</summary>
    private sealed class Table(DownSets sets)
    {
        private int[] _slots = NewSlots(1024);

        /// <returns>The set's number; it is added if it is new.</returns>
        public int Find(ReadOnlySpan<ulong> bits)
        {
            for (int slot = Hash(bits) & (_slots.Length - 1); ; slot = (slot + 1) & (_slots.Length - 1))
            {
                if (_slots[slot] < 0)
                {
                    int number = _slots[slot] = sets.Count;
                    sets.Append(bits);
                    if (sets.Count * 2 > _slots.Length)
                        Grow();
                    return number;
                }

                if (sets.IsSame(_slots[slot], bits))
                    return _slots[slot];
            }
        }

        private static int[] NewSlots(int size)
        {
            var slots = new int[size];
            Array.Fill(slots, -1);
            return slots;
        }

        private static int Hash(ReadOnlySpan<ulong> bits)
        {
            ulong hash = 0x9E3779B97F4A7C15;
            for (int w = 0; w < bits.Length; w++)
                hash = (hash ^ bits[w]) * 0xD6E8FEB86659FD93 ^ hash >> 29;
            return (int)(hash >> 33);
        }

        private void Grow()
        {
            _slots = NewSlots(_slots.Length * 4);
            for (int set = 0; set < sets.Count; set++)
            {
                int slot = Hash(sets.Bits(set)) & (_slots.Length - 1);
                while (_slots[slot] >= 0)
                    slot = (slot + 1) & (_slots.Length - 1);
                _slots[slot] = set;
            }
        }
    }
}
