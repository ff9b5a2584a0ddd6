using GraphPipe.Bundle;

namespace GraphPipe.Planning.Peers;

/// <summary>
/// The cost graph that a profile of PipeDream's stands for, for planners other than PipeDream. A sample is one profiled mini-batch; what a node
/// puts out is its one value and what it keeps for the backward. Input nodes are left out, as PipeDream does.
/// </summary>
public static class PipeDreamCosts
{
    private const double MicrosecondsPerMillisecond = 1e3;

    /// <returns>Never null for a profile that was read without an error.</returns>
    public static CostGraph? ToCostGraph(PipeDreamProfile profile, DiagnosticBag diagnostics)
    {
        var pruned = profile.Prune();
        return CostGraph.Create(
            [
                .. pruned.Nodes.Select((node, i) => new CostNode(
                    i,
                    node.Id,
                    TimeTable.Proportional(new(node.ForwardMs * MicrosecondsPerMillisecond)),
                    TimeTable.Proportional(new(node.BackwardMs * MicrosecondsPerMillisecond)),
                    null,
                    WholeBytes(node.ActivationBytes),
                    WholeBytes(node.ParameterBytes),
                    default,
                    default,
                    [])),
            ],
            [.. pruned.Edges.Select(e => new CostEdge(new(e.From), new(e.To), WholeBytes(pruned.Nodes[e.From].ActivationBytes), e.From))],
            diagnostics);
    }

    private static Bytes WholeBytes(double bytes) => new((long)Math.Min(Math.Round(bytes), 1e18));
}
