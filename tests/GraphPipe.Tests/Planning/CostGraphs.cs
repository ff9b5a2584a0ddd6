using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>Cost graphs for tests.</summary>
internal static class CostGraphs
{
    /// <summary>A node whose forward takes <paramref name="time"/> per sample and whose backward twice that.</summary>
    public static CostNode Node(int id, string name, double time, long parameters = 100, long saved = 10) => new(
        id, name, TimeTable.Proportional(new(time)), TimeTable.Proportional(new(2 * time)), null, new(saved), new(parameters), default, default, []);

    public static CostGraph Build(IReadOnlyList<CostNode> nodes, IEnumerable<(int From, int To)> edges, long bytes = 8)
    {
        var diagnostics = new DiagnosticBag();
        // All edges of a producer are uses of one value.
        var graph = CostGraph.Create([.. nodes], [.. edges.Select(e => new CostEdge(new(e.From), new(e.To), new(bytes), e.From))], diagnostics);
        Assert.True(graph is not null, string.Join('\n', diagnostics.All));
        return graph;
    }

    public static CostGraph Chain(int count, double time = 10) =>
        Build([.. Enumerable.Range(0, count).Select(i => Node(i, $"n{i}", time))], Enumerable.Range(0, count - 1).Select(i => (i, i + 1)));

    /// <summary>
    /// Towers of transformer layers, each layer with three projections side by side, two joins and two residuals; then a concatenation and a
    /// small head.
    /// </summary>
    public static CostGraph Towers(int towers, int layers, bool sharedInput = false)
    {
        var nodes = new List<CostNode>();
        var edges = new List<(int, int)>();
        int Add(string name, double time, params int[] inputs)
        {
            nodes.Add(Node(nodes.Count, name, time));
            edges.AddRange(inputs.Select(i => (i, nodes.Count - 1)));
            return nodes.Count - 1;
        }

        int? input = sharedInput ? Add("/mask", 0.1) : null;
        var ends = new List<int>();
        for (int t = 0; t < towers; t++)
        {
            int x = Add($"/tower{t}/embed", 1, input is { } mask ? [mask] : []);
            for (int l = 0; l < layers; l++)
            {
                string at = $"/tower{t}/layer{l}";
                int q = Add($"{at}/q", 10, x), k = Add($"{at}/k", 10, x), v = Add($"{at}/v", 10, x);
                int scores = Add($"{at}/softmax", 3, Add($"{at}/qk", 5, q, k));
                int attended = Add($"{at}/add1", 0.5, x, Add($"{at}/out", 10, Add($"{at}/av", 5, scores, v)));
                int hidden = Add($"{at}/down", 40, Add($"{at}/gelu", 2, Add($"{at}/up", 40, Add($"{at}/norm", 1, attended))));
                x = Add($"{at}/add2", 0.5, attended, hidden);
            }

            ends.Add(x);
        }

        Add("/head/loss", 0.5, Add("/head/linear", 4, Add("/head/concat", 1, [.. ends])));
        return Build(nodes, edges);
    }

    /// <summary>Random graphs: shares of skips, branches and several sources and sinks, with times that differ by a factor of up to 100.</summary>
    public static readonly Gen<CostGraph> Random = RandomOf(1, 24);

    public static Gen<CostGraph> RandomOf(int least, int most) =>
        from count in Gen.Int[least, most]
        from density in Gen.Double[0.02, 0.5]
        from times in Gen.Int[0, 100].Array[count]
        from links in Gen.Double[0, 1].Array[count * count]
        select Build(
            [.. Enumerable.Range(0, count).Select(i => Node(i, $"n{i}", times[i], 10 * i, i))],
            from i in Enumerable.Range(0, count)
            from j in Enumerable.Range(i + 1, count - i - 1)
            where links[(i * count) + j] < (j == i + 1 ? 0.5 : density / 2)
            select (i, j));

    public static PartitionRequest Request(CostGraph graph, int devices, long miniBatch = 16, long microBatch = 2) => new()
    {
        Graph = graph,
        Topology = Topology.Of(DeviceModel.V100, devices, 8),
        MiniBatch = miniBatch,
        MicroBatch = MicroBatchChoice.Size(microBatch),
        Stages = devices,
    };

    public static PipelinePlan Plan(string partitioner, PartitionRequest request)
    {
        var diagnostics = new DiagnosticBag();
        var plan = PartitionerTable.Find(partitioner, diagnostics)!.Partition(request, diagnostics);
        Assert.True(plan is not null, string.Join('\n', diagnostics.All));
        return plan;
    }

}
