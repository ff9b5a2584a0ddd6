using GraphPipe.Bundle;

namespace GraphPipe.Planning.Peers;

/// <summary>
/// The cost graph that an input of Piper's stands for, for planners other than Piper. A sample is one of Piper's micro-batches, on one device
/// (tensor degree 1, or the least that a node has). Times are taken for seconds, as Piper's arithmetic with bytes per second has them. What
/// recomputation adds is the forward; without that figure the forward is a third. Memory beyond two copies of the parameters is frozen bytes.
/// </summary>
public static class PiperCosts
{
    private const double MicrosecondsPerSecond = 1e6;

    /// <returns>Never null for an input that was read without an error.</returns>
    public static CostGraph? ToCostGraph(PiperInput input, DiagnosticBag diagnostics)
    {
        var nodes = input.Nodes.Select(node =>
        {
            var choice = node.Choices.First().Value;
            var c = choice.Vanilla;
            double forward = choice.Recomputing is { } again && again.Time > c.Time && again.Time <= 2 * c.Time ? again.Time - c.Time : c.Time / 3;
            return new CostNode(
                node.Id,
                node.Name,
                TimeTable.Proportional(new(forward * MicrosecondsPerSecond)),
                TimeTable.Proportional(new((c.Time - forward) * MicrosecondsPerSecond)),
                null,
                WholeBytes(c.BytesPerMicroBatch),
                WholeBytes(c.ParameterBytes),
                WholeBytes(Math.Max(0, c.FixedBytes - 2 * c.ParameterBytes)),
                default,
                []);
        });
        return CostGraph.Create([.. nodes], [.. EdgesOf(input)], diagnostics);
    }

    // Edges of one producer with tensors of one size are taken for uses of one value.
    private static IEnumerable<CostEdge> EdgesOf(PiperInput input)
    {
        var values = new Dictionary<(int, double), int>();
        foreach (var edge in input.Edges)
        {
            if (!values.TryGetValue((edge.From, edge.Bytes), out int value))
                values.Add((edge.From, edge.Bytes), value = values.Count);
            yield return new CostEdge(new(edge.From), new(edge.To), WholeBytes(edge.Bytes), value);
        }
    }

    private static Bytes WholeBytes(double bytes) => new((long)Math.Min(Math.Round(bytes), 1e18));
}
