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
    public PipeDreamProfile Prune()
    {
        var inputs = Remove(node => Edges.All(e => e.To != node) && Nodes[node].Description.StartsWith("Input", StringComparison.Ordinal));
        return inputs.Remove(node => inputs.Edges.All(e => e.From != node) && inputs.Nodes[node].Description.StartsWith("__getitem__", StringComparison.Ordinal));
    }

    private PipeDreamProfile Remove(Predicate<int> condition)
    {
        var removed = Enumerable.Range(0, Nodes.Length).Select(n => condition(n)).ToArray();
        var position = new int[Nodes.Length];
        for (int i = 1; i < position.Length; i++)
            position[i] = position[i - 1] + (removed[i - 1] ? 0 : 1);
        return new PipeDreamProfile(
            [.. Nodes.Where((_, i) => !removed[i])],
            [.. Edges.Where(e => !removed[e.From] && !removed[e.To]).Select(e => (position[e.From], position[e.To]))]);
    }
}
