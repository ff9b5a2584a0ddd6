using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// The user's own cuts, by node names. A cut node is the last node of its stage: whatever reads it lies in another stage. One stage per cut,
/// plus one for what remains, if anything does; the stages run as a graph.
/// </summary>
/// <remarks>
/// <para>
/// Every node goes by the cuts at or behind it and the cuts before it. Nodes for which both sets are equal make a group; along an edge the
/// first set only shrinks and the second only grows, so groups are convex and their graph has no cycle. A group without a cut that others
/// wait for (a mask that bypasses the cuts, a prefix that several towers share) joins the earliest group that reads it, which makes no cycle:
/// a path around would lead through a still earlier reader. Groups without a cut that nobody waits for are the remaining stage.
/// </para>
/// <example>Four towers with the cuts <c>/tower0/last</c> … <c>/tower3/last</c>: four towers side by side and the head.</example>
/// </remarks>
[Partitioner("manual")]
public sealed class Manual : IPartitioner
{
    public PipelinePlan? Partition(PartitionRequest request, DiagnosticBag diagnostics)
    {
        if (FindCuts(request, diagnostics) is not { } cuts)
            return null;
        var stages = Merge(request.Graph, Group(request.Graph, cuts), cuts);
        if (request.Stages is { } wanted && wanted != stages.Count)
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.StageCountImpossible, $"the cuts make {stages.Count} stages, but {wanted} were asked for", advice: "leave out --stages, or change the cuts"));
            return null;
        }

        if (PlanCandidates.Begin(request, PipelineKind.Graph, "manual", diagnostics, stages.Count) is not { } candidates)
            return null;
        foreach (long size in candidates.Sizes)
            candidates.Add([.. stages.Select(s => new StageSet(s, 1, size))]);
        return candidates.Finish(candidates.Sizes.Length, diagnostics);
    }

    private static List<int>? FindCuts(PartitionRequest request, DiagnosticBag diagnostics)
    {
        if (request.Cuts.IsEmpty)
        {
            diagnostics.Add(Diagnostic.Error(Codes.CutUnknown, "the partitioner 'manual' needs cuts", advice: "name the nodes that end a stage with --cut NODE,NODE"));
            return null;
        }

        var byName = new Dictionary<string, int>();
        for (int i = 0; i < request.Graph.Nodes.Length; i++)
            byName.TryAdd(request.Graph.Nodes[i].Name, i);
        var unknown = request.Cuts.Where(c => !byName.ContainsKey(c)).ToList();
        foreach (string name in unknown)
        {
            string near = byName.Keys.Where(k => k.Contains(name, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).FirstOrDefault() ?? "";
            diagnostics.Add(Diagnostic.Error(
                Codes.CutUnknown, $"no node is called '{name}'", advice: near.Length > 0 ? $"is '{near}' meant?" : "'graphpipe inspect MODEL --json' lists the nodes"));
        }

        return unknown.Count > 0 ? null : [.. request.Cuts.Select(c => byName[c]).Distinct()];
    }

    /// <summary>Numbers the groups; returns the group of each node.</summary>
    private static int[] Group(CostGraph graph, List<int> cuts)
    {
        int count = graph.Nodes.Length;
        var behind = new HashSet<int>[count];
        var before = new HashSet<int>[count];
        foreach (var id in graph.TopologicalOrder)
        {
            var set = before[id.Value] = [];
            foreach (int p in graph.Predecessors(id.Value))
            {
                set.UnionWith(before[p]);
                if (cuts.Contains(p))
                    set.Add(p);
            }
        }

        foreach (var id in graph.TopologicalOrder.Reverse())
        {
            var set = behind[id.Value] = cuts.Contains(id.Value) ? [id.Value] : [];
            foreach (int s in graph.Successors(id.Value))
                set.UnionWith(behind[s]);
        }

        var numbers = new Dictionary<string, int>();
        var groupOf = new int[count];
        for (int i = 0; i < count; i++)
        {
            string key = string.Join(',', behind[i].Order()) + "|" + string.Join(',', before[i].Order());
            if (!numbers.TryGetValue(key, out groupOf[i]))
                numbers.Add(key, groupOf[i] = numbers.Count);
        }

        return groupOf;
    }

    private static List<List<int>> Merge(CostGraph graph, int[] groupOf, List<int> cuts)
    {
        var groups = Enumerable.Range(0, groupOf.Max() + 1).Select(_ => new List<int>()).ToList();
        for (int i = 0; i < groupOf.Length; i++)
            groups[groupOf[i]].Add(i);
        while (true)
        {
            // In topological order of what the merges have left.
            groups = [.. StageSets.Sort(graph, groups)!.Value.Select(nodes => nodes.Select(n => n.Value).ToList())];
            var place = StageSets.Membership(graph, groups);
            int Reader(int g) => groups[g].SelectMany(n => graph.Successors(n)).Select(n => place[n]).Where(r => r != g).DefaultIfEmpty(-1).Min();
            var open = Enumerable.Range(0, groups.Count).Where(g => !groups[g].Exists(cuts.Contains)).ToList();
            int merged = open.FindLastIndex(g => Reader(g) >= 0);
            if (merged >= 0)
            {
                groups[Reader(open[merged])].AddRange(groups[open[merged]]);
                groups.RemoveAt(open[merged]);
                continue;
            }

            // What is open now has no reader, so that joining it makes no cycle.
            List<int> rest = [.. open.SelectMany(g => groups[g])];
            return [.. groups.Where((_, g) => !open.Contains(g)), .. rest.Count > 0 ? [rest] : Array.Empty<List<int>>()];
        }
    }
}
