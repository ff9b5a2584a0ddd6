using System.Numerics;

namespace GraphPipe.Planning;

/// <summary>
/// Takes a graph apart in series and in parallel by its order: in parallel where it falls into components, in series where everything before
/// precedes everything behind (so that skip connections, which add nothing to the order, do no harm). What is neither, an N in the order, is
/// made series-parallel by waiting: it is cut in series at the set of ancestors of some node that lengthens the critical path least. Waiting
/// only takes choices away; every result is a refinement of the graph's order.
/// </summary>
internal sealed class SpDecomposition
{
    private const int MaxCandidates = 64;
    private readonly int _count;
    private readonly int _words;
    private readonly int[] _nodeAt;
    private readonly int[][] _predecessors;
    private readonly ulong[][] _ancestors;
    private readonly double[] _weight;
    private readonly int[] _index;
    private readonly int[] _stamp;
    private int _stamps;

    private SpDecomposition(CostGraph graph, double[] weight)
    {
        // All work is on topological positions, so that sets are ascending lists and bits.
        _count = graph.Nodes.Length;
        _words = (_count + 63) / 64;
        _nodeAt = [.. graph.TopologicalOrder.Select(n => n.Value)];
        var position = new int[_count];
        for (int i = 0; i < _count; i++)
            position[_nodeAt[i]] = i;
        _predecessors = [.. _nodeAt.Select(n => graph.Predecessors(n).Select(p => position[p]).ToArray())];
        _weight = [.. _nodeAt.Select(n => weight[n])];
        _index = new int[_count];
        _stamp = new int[_count];
        _ancestors = new ulong[_count][];
        for (int i = 0; i < _count; i++)
        {
            var bits = _ancestors[i] = new ulong[_words];
            foreach (int p in _predecessors[i])
            {
                for (int w = 0; w < _words; w++)
                    bits[w] |= _ancestors[p][w];
                bits[p >> 6] |= 1UL << (p & 63);
            }
        }
    }

    /// <param name="weight">Per node, for the critical path.</param>
    public static SpTree Of(CostGraph graph, double[] weight)
    {
        var work = new SpDecomposition(graph, weight);
        return work.Decompose([.. Enumerable.Range(0, work._count)]);
    }

    private SpTree Decompose(int[] set)
    {
        if (set.Length == 1)
            return new SpTree.Leaf(_nodeAt[set[0]]);
        var components = Components(set);
        if (components.Count > 1)
            return new SpTree.Parallel([.. components.Select(Decompose)]);
        var blocks = SeriesBlocks(set);
        if (blocks.Count == 1)
            blocks = CutPrime(set);
        return new SpTree.Series([.. blocks.Select(Decompose).SelectMany(t => t is SpTree.Series inner ? inner.Parts : [t])]);
    }

    private void Enter(int[] set)
    {
        _stamps++;
        for (int i = 0; i < set.Length; i++)
        {
            _stamp[set[i]] = _stamps;
            _index[set[i]] = i;
        }
    }

    private List<int[]> Components(int[] set)
    {
        Enter(set);
        var parent = Enumerable.Range(0, set.Length).ToArray();
        int Root(int i)
        {
            while (parent[i] != i)
                i = parent[i] = parent[parent[i]];
            return i;
        }

        for (int i = 0; i < set.Length; i++)
        {
            foreach (int p in _predecessors[set[i]])
            {
                if (_stamp[p] != _stamps)
                    continue;
                int a = Root(_index[p]), b = Root(i);
                parent[Math.Max(a, b)] = Math.Min(a, b);
            }
        }

        return [.. set.Select((node, i) => (node, root: Root(i))).GroupBy(p => p.root).Select(g => g.Select(p => p.node).ToArray())];
    }

    private List<int[]> SeriesBlocks(int[] set)
    {
        Enter(set);
        var members = new ulong[_words];
        foreach (int node in set)
            members[node >> 6] |= 1UL << (node & 63);
        // A cut before position i is in series if none behind it lacks an ancestor before it.
        var blocks = new List<int[]>();
        int end = set.Length, least = set.Length;
        for (int i = set.Length - 1; i > 0; i--)
        {
            least = Math.Min(least, FirstMissing(set[i], members));
            if (least >= i)
            {
                blocks.Add(set[i..end]);
                end = i;
            }
        }

        blocks.Add(set[..end]);
        blocks.Reverse();
        return blocks;
    }

    /// <summary>Position in the set of the first member that is no ancestor of <paramref name="node"/>; at the latest itself.</summary>
    private int FirstMissing(int node, ulong[] members)
    {
        for (int w = 0; w < _words; w++)
        {
            ulong missing = members[w] & ~_ancestors[node][w];
            if (missing != 0)
                return _index[w * 64 + BitOperations.TrailingZeroCount(missing)];
        }

        return _index[node];
    }

    private List<int[]> CutPrime(int[] set)
    {
        bool IsBefore(int a, int b) => (_ancestors[b][a >> 6] >> (a & 63) & 1) != 0;
        int step = Math.Max(1, set.Length / MaxCandidates);
        (int[] First, int[] Second, double Length)? best = null;
        for (int i = 0; i < set.Length; i += step)
        {
            int node = set[i];
            foreach (bool upTo in new[] { true, false })
            {
                bool IsFirst(int other) => upTo ? other == node || IsBefore(other, node) : other != node && !IsBefore(node, other);
                int[] first = [.. set.Where(IsFirst)], second = [.. set.Where(o => !IsFirst(o))];
                if (first.Length == 0 || second.Length == 0)
                    continue;
                double length = CriticalPath(first) + CriticalPath(second);
                if (best is null || length < best.Value.Length)
                    best = (first, second, length);
            }
        }

        return [best!.Value.First, best.Value.Second];
    }

    private double CriticalPath(int[] set)
    {
        Enter(set);
        var length = new double[set.Length];
        double longest = 0;
        for (int i = 0; i < set.Length; i++)
        {
            foreach (int p in _predecessors[set[i]])
            {
                if (_stamp[p] == _stamps)
                    length[i] = Math.Max(length[i], length[_index[p]]);
            }

            length[i] += _weight[set[i]];
            longest = Math.Max(longest, length[i]);
        }

        return longest;
    }
}
