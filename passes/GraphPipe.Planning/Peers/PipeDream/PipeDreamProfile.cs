using System.Collections.Immutable;

namespace GraphPipe.Planning.Peers;

/// <summary>A node of a profile of PipeDream's (Narayanan et al., SOSP 2019).</summary>
/// <param name="Id">Its name in the file, <c>node7</c>.</param>
/// <param name="ForwardMs">Milliseconds of one mini-batch on one device.</param>
/// <param name="ActivationBytes">Its output, of one mini-batch; of several outputs the sum.</param>
public sealed record PipeDreamNode(string Id, string Description, double ForwardMs, double BackwardMs, double ActivationBytes, double ParameterBytes);

/// <param name="Edges">Positions of producers and consumers, in the file's order.</param>
public sealed record PipeDreamProfile(ImmutableArray<PipeDreamNode> Nodes, ImmutableArray<(int From, int To)> Edges)
{
    /// <summary>
    /// Without what the planner has no choice about: sources whose description starts with <c>Input</c>, then sinks whose description starts
    /// with <c>__getitem__</c>.
    /// </summary>
    public PipeDreamProfile Prune() => Remove("Input", areSources: true).Remove("__getitem__", areSources: false);

    private PipeDreamProfile Remove(string start, bool areSources)
    {
        var removed = new bool[Nodes.Length];
        for (int n = 0; n < removed.Length; n++)
            removed[n] = Nodes[n].Description.StartsWith(start, StringComparison.Ordinal);
        foreach (var (from, to) in Edges)
            removed[areSources ? to : from] = false;
        var position = new int[Nodes.Length];
        var nodes = ImmutableArray.CreateBuilder<PipeDreamNode>();
        for (int n = 0; n < removed.Length; n++)
        {
            position[n] = nodes.Count;
            if (!removed[n])
                nodes.Add(Nodes[n]);
        }

        var edges = ImmutableArray.CreateBuilder<(int, int)>();
        foreach (var (from, to) in Edges)
        {
            if (!removed[from] && !removed[to])
                edges.Add((position[from], position[to]));
        }

        return new PipeDreamProfile(nodes.ToImmutable(), edges.ToImmutable());
    }
}
