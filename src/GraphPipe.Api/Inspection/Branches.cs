using System.Collections;
using System.Collections.Immutable;
using GraphPipe.Planning;

namespace GraphPipe;

/// <summary>One of several parts of a model that can run side by side.</summary>
/// <param name="First">Name of its first node.</param>
/// <param name="Last">Name of its last node.</param>
/// <param name="Nodes">Nodes of the cost graph.</param>
/// <param name="Share">Its part of the compute time of the whole model.</param>
public sealed record Branch(string First, string Last, int Nodes, double Share);

/// <summary>A stretch of a model in which branches run side by side.</summary>
public sealed record BranchRegion(ImmutableArray<Branch> Branches);

/// <summary>
/// Finds the branches of a model. Nodes that every other node comes before or after cut it into stretches; what is connected within a stretch
/// is a branch. Branches within branches are not looked for.
/// </summary>
public static class Branches
{
    // Reachability takes a bit per pair of nodes.
    private const int MostNodes = 20_000;

    /// <param name="least">Branches with a smaller share of the compute time don't count: every attention has three small ones.</param>
    /// <returns>The stretches with at least two branches, in the model's order.</returns>
    public static ImmutableArray<BranchRegion> Of(CostGraph graph, double least = 0.02)
    {
        int n = graph.Nodes.Length;
        if (n is 0 or > MostNodes)
            return [];
        int[] order = [.. graph.TopologicalOrder.Select(id => id.Value)];
        var edges = graph.Edges.Select(e => (From: e.From.Value, To: e.To.Value)).Distinct().ToLookup(e => e.From, e => e.To);
        var after = new BitArray[n];
        int[] comparable = new int[n];
        foreach (int node in order.Reverse())
        {
            after[node] = new BitArray(n);
            foreach (int next in edges[node])
            {
                after[node].Or(after[next]);
                after[node][next] = true;
            }

            for (int other = 0; other < n; other++)
            {
                if (!after[node][other])
                    continue;
                comparable[node]++;
                comparable[other]++;
            }
        }

        double[] time = [.. graph.Nodes.Select(node => node.Compute(1).Value)];
        double whole = Math.Max(time.Sum(), double.Epsilon);
        var regions = ImmutableArray.CreateBuilder<BranchRegion>();
        var stretch = new List<int>();
        foreach (int node in order)
        {
            if (comparable[node] < n - 1)
                stretch.Add(node);
            else
                Close();
        }

        Close();
        return regions.ToImmutable();

        void Close()
        {
            var branches = Components(stretch, edges).Select(c => new Branch(graph.Nodes[c[0]].Name, graph.Nodes[c[^1]].Name, c.Count, c.Sum(i => time[i]) / whole)).Where(b => b.Share >= least).ToImmutableArray();
            if (branches.Length > 1)
                regions.Add(new BranchRegion(branches));
            stretch.Clear();
        }
    }

    // Connected parts, each in topological order.
    private static List<List<int>> Components(List<int> nodes, ILookup<int, int> edges)
    {
        var root = nodes.ToDictionary(i => i, i => i);
        int Find(int i) => root[i] == i ? i : root[i] = Find(root[i]);
        foreach (int from in nodes)
        {
            foreach (int to in edges[from].Where(root.ContainsKey))
                root[Find(to)] = Find(from);
        }

        return [.. nodes.GroupBy(Find).Select(g => g.ToList())];
    }
}
