namespace GraphPipe.Planning;

/// <summary>Makes more stages of a partition: where exactly so many are asked for, and the target can be met with fewer.</summary>
internal static class StageSplitting
{
    /// <summary>Cuts the stage with most work in two halves, along the topological order, until there are <paramref name="count"/> stages.</summary>
    /// <returns>Fewer stages if none has two nodes any more.</returns>
    public static List<StageSet> Until(CostGraph graph, IReadOnlyList<StageSet> stages, int count)
    {
        var position = new int[graph.Nodes.Length];
        for (int i = 0; i < position.Length; i++)
            position[graph.TopologicalOrder[i].Value] = i;
        var split = stages.ToList();
        double Work(StageSet stage) => stage.Nodes.Sum(n => graph.Nodes[n].Compute(stage.MicroBatch).Value);
        while (split.Count < count)
        {
            int at = Enumerable.Range(0, split.Count).Where(s => split[s].Nodes.Count > 1).OrderByDescending(s => Work(split[s])).FirstOrDefault(-1);
            if (at < 0)
                break;
            var stage = split[at];
            int[] nodes = [.. stage.Nodes.OrderBy(n => position[n])];
            double half = Work(stage) / 2, sum = 0;
            int cut = 0;
            while (cut < nodes.Length - 1 && (cut == 0 || sum + graph.Nodes[nodes[cut]].Compute(stage.MicroBatch).Value / 2 <= half))
                sum += graph.Nodes[nodes[cut++]].Compute(stage.MicroBatch).Value;
            split[at] = stage with { Nodes = nodes[..cut] };
            split.Insert(at + 1, stage with { Nodes = nodes[cut..] });
        }

        return split;
    }
}
