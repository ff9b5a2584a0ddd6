using System.Collections.Immutable;
using System.Numerics;

namespace GraphPipe.Planning.Peers;

/// <summary>
/// The states of PipeDream's optimiser: antichains of the graph, from the first source on. The cut of a state is its antichain and every
/// predecessor p of a member x with an edge to a node that is neither x nor a predecessor of x, so that a fork is counted even after all its
/// branches are in.
/// </summary>
internal sealed class Antichains
{
    private readonly int _nodes;
    private readonly int _words;
    private readonly int[][] _next;
    private readonly ulong[][] _before, _behind, _forks;

    private Antichains(PipeDreamProfile profile)
    {
        _nodes = profile.Nodes.Length;
        _words = (_nodes + 63) / 64;
        _next = Neighbours(profile, forwards: true);
        _before = Closure(Neighbours(profile, forwards: false));
        _behind = Closure(_next);
        _forks = new ulong[_nodes][];
        for (int n = 0; n < _nodes; n++)
            _forks[n] = ForksBefore(n);
    }

    /// <summary>Enumerates them.</summary>
    /// <param name="profile">Already pruned.</param>
    /// <param name="cap">The most states.</param>
    /// <returns>Null if there are more.</returns>
    public static CutStates? Enumerate(PipeDreamProfile profile, int cap)
    {
        var graph = new Antichains(profile);
        var found = graph.Explore(cap);
        return found is null ? null : graph.ToStates(profile, found.Value.Cuts, found.Value.Steps);
    }

    // Breadth first. A step replaces one node of the cut by one that it feeds, if nothing behind that is in the cut already.
    private (List<ulong[]> Cuts, List<List<int>> Steps)? Explore(int cap)
    {
        int source = Array.FindIndex(_before, before => !Overlap(before, before));
        List<ulong[]> antichains = [], cuts = [];
        List<List<int>> steps = [];
        var known = new Dictionary<string, int>();
        int Find(ulong[] antichain)
        {
            var cut = Augment(antichain);
            string key = new(System.Runtime.InteropServices.MemoryMarshal.Cast<ulong, char>(cut));
            if (!known.TryGetValue(key, out int state))
            {
                known.Add(key, state = cuts.Count);
                cuts.Add(cut);
                antichains.Add(antichain);
                steps.Add([]);
            }

            return state;
        }

        var first = new ulong[_words];
        Set(first, source);
        Find(first);
        for (int state = 0; state < cuts.Count; state++)
        {
            foreach (int old in Bits(cuts[state]))
            {
                foreach (int next in _next[old])
                {
                    if (Has(antichains[state], next) || Overlap(_behind[next], cuts[state]))
                        continue;
                    var changed = (ulong[])cuts[state].Clone();
                    changed[old / 64] &= ~(1UL << (old % 64));
                    Set(changed, next);
                    int to = Find(Maximal(changed));
                    if (!steps[state].Contains(to))
                        steps[state].Add(to);
                    if (cuts.Count > cap)
                        return null;
                }
            }
        }

        return (cuts, steps);
    }

    private CutStates ToStates(PipeDreamProfile profile, List<ulong[]> cuts, List<List<int>> steps)
    {
        int[] order = Sort(steps);
        var position = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
            position[order[i]] = i;
        var precedes = new List<int>[order.Length];
        for (int i = 0; i < order.Length; i++)
            precedes[i] = [];
        for (int state = 0; state < order.Length; state++)
        {
            foreach (int next in steps[state])
                precedes[position[next]].Add(position[state]);
        }

        ImmutableArray<ulong[]> sorted = [.. order.Select(o => cuts[o])];
        ImmutableArray<ulong[]> closures = [.. sorted.Select(Close)];
        return new CutStates(closures, precedes)
        {
            Time = CutStates.Sum(closures, n => (profile.Nodes[n].ForwardMs + profile.Nodes[n].BackwardMs) / 1000),
            ParameterBytes = CutStates.Sum(closures, n => profile.Nodes[n].ParameterBytes),
            Output = CutStates.Sum(sorted, n => profile.Nodes[n].ActivationBytes),
            // PipeDream stashes weights with the activations of each mini-batch.
            PerUnit = CutStates.Sum(closures, n => profile.Nodes[n].ActivationBytes + profile.Nodes[n].ParameterBytes),
            Fixed = new double[order.Length],
        };
    }

    // Depth first in the order of discovery, as the original sorts; where levels of machines meet branches, its answer depends on this order.
    private static int[] Sort(List<List<int>> steps)
    {
        var order = new int[steps.Count];
        var at = new int[steps.Count];
        var stack = new Stack<int>([0]);
        at[0] = 1;
        int free = order.Length;
        while (stack.TryPeek(out int state))
        {
            if (at[state] > steps[state].Count)
            {
                order[--free] = stack.Pop();
                continue;
            }

            int next = steps[state][at[state]++ - 1];
            if (at[next] == 0)
            {
                at[next] = 1;
                stack.Push(next);
            }
        }

        return order;
    }

    private static int[][] Neighbours(PipeDreamProfile profile, bool forwards)
    {
        var lists = new List<int>[profile.Nodes.Length];
        for (int n = 0; n < lists.Length; n++)
            lists[n] = [];
        foreach (var edge in profile.Edges)
            lists[forwards ? edge.From : edge.To].Add(forwards ? edge.To : edge.From);
        return Array.ConvertAll(lists, l => l.ToArray());
    }

    private ulong[][] Closure(int[][] neighbours)
    {
        var sets = new ulong[_nodes][];
        var stack = new Stack<int>();
        for (int n = 0; n < _nodes; n++)
        {
            stack.Push(n);
            while (stack.TryPeek(out int node))
            {
                int open = Array.FindIndex(neighbours[node], m => sets[m] is null);
                if (sets[node] is null && open >= 0)
                {
                    stack.Push(neighbours[node][open]);
                    continue;
                }

                stack.Pop();
                if (sets[node] is not null)
                    continue;
                sets[node] = new ulong[_words];
                foreach (int m in neighbours[node])
                {
                    Union(sets[node], sets[m]);
                    Set(sets[node], m);
                }
            }
        }

        return sets;
    }

    private ulong[] ForksBefore(int node)
    {
        var forks = new ulong[_words];
        foreach (int p in Bits(_before[node]))
        {
            if (Array.Exists(_next[p], n => n != node && !Has(_before[node], n)))
                Set(forks, p);
        }

        return forks;
    }

    private ulong[] Augment(ulong[] antichain)
    {
        var cut = (ulong[])antichain.Clone();
        foreach (int node in Bits(antichain))
            Union(cut, _forks[node]);
        return cut;
    }

    private ulong[] Maximal(ulong[] cut)
    {
        var antichain = (ulong[])cut.Clone();
        foreach (int node in Bits(cut))
        {
            if (Overlap(_behind[node], cut))
                antichain[node / 64] &= ~(1UL << (node % 64));
        }

        return antichain;
    }

    private ulong[] Close(ulong[] cut)
    {
        var closed = (ulong[])cut.Clone();
        foreach (int node in Bits(cut))
            Union(closed, _before[node]);
        return closed;
    }

    private static bool Has(ulong[] set, int node) => (set[node / 64] >> (node % 64) & 1) != 0;

    private static void Set(ulong[] set, int node) => set[node / 64] |= 1UL << (node % 64);

    private static void Union(ulong[] into, ulong[] from)
    {
        for (int w = 0; w < into.Length; w++)
            into[w] |= from[w];
    }

    private static bool Overlap(ulong[] a, ulong[] b)
    {
        for (int w = 0; w < a.Length; w++)
        {
            if ((a[w] & b[w]) != 0)
                return true;
        }

        return false;
    }

    private static IEnumerable<int> Bits(ulong[] set)
    {
        for (int w = 0; w < set.Length; w++)
        {
            for (ulong bits = set[w]; bits != 0; bits &= bits - 1)
                yield return 64 * w + BitOperations.TrailingZeroCount(bits);
        }
    }
}
