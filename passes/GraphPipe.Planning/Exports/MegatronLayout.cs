using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// A plan as Megatron-LM's <c>--pipeline-model-parallel-layout</c> (megatron/core/transformer/pipeline_parallel_layer_layout.py): per stage
/// <c>E</c> for the embedding, <c>t</c> for each transformer layer, <c>L</c> for the loss with the head before it; stages between bars, repeated
/// ones as <c>(tt|)*n</c>. Stage s runs on pipeline rank s mod p.
/// </summary>
internal static partial class MegatronLayout
{
    /// <returns>Null with GP3030 if the model is no line of transformer layers, a stage begins inside one, or stages lie on other devices than Megatron's.</returns>
    public static string? Write(StageChain chain, IReadOnlyList<string> devices, DiagnosticBag diagnostics)
    {
        if (!SuitsRanks(chain.Plan, devices, diagnostics))
            return null;
        if (Parts(chain) is not { } parts)
        {
            diagnostics.Add(PlanExport.Refusal(
                "the model is no line of equal transformer layers: no list of modules with a Softmax in each covers it in order",
                "Megatron's layout speaks of an embedding, transformer layers and a loss; --export torch knows any modules"));
            return null;
        }

        bool inside = false;
        for (int s = 1; s < chain.Starts.Length; s++)
        {
            int start = chain.Starts[s];
            if (parts[start] != parts[start - 1])
                continue;
            inside = true;
            // The nearer end: of the part before, or of this one.
            int begun = parts.IndexOf(parts[start]), last = parts.LastIndexOf(parts[start]);
            int end = last == parts.Count - 1 || (begun > 0 && start - begun <= last + 1 - start) ? begun - 1 : last;
            diagnostics.Add(PlanExport.Refusal(
                $"the border between stage {s - 1} and stage {s}, at '{chain.Nodes[start]}', lies inside {parts[start]}",
                $"cut at ends of layers with --cut: {parts[end]} ends at '{chain.Nodes[end]}'"));
        }

        if (inside)
            return null;
        var stages = Enumerable.Range(0, chain.Starts.Length).Select(s =>
            string.Concat(parts[chain.Starts[s]..(s + 1 < chain.Starts.Length ? chain.Starts[s + 1] : parts.Count)].Distinct().Select(p => p.Letter)));
        return Shorten([.. stages]) + "\n";
    }

    // Interleaved ranks have stages r, r + p, …; Megatron knows no other way.
    private static bool SuitsRanks(PipelinePlan plan, IReadOnlyList<string> devices, DiagnosticBag diagnostics)
    {
        var ranks = plan.Stages.Select(s => s.Devices[0]).Distinct().OrderBy(d => devices.ToList().IndexOf(d)).ToList();
        var replicas = plan.Stages.Select(s => s.Devices.Length).Distinct().ToList();
        if (replicas.Count > 1)
            diagnostics.Add(PlanExport.Refusal($"stages have {string.Join(" and ", replicas.Order())} replicas; Megatron's data parallelism is the same everywhere", "plan without --max-replicas"));
        else if (plan.Stages.Length % ranks.Count != 0 || plan.Stages.Any(s => s.Devices[0] != ranks[s.Id.Value % ranks.Count] && replicas[0] == 1))
            diagnostics.Add(PlanExport.Refusal($"{plan.Stages.Length} stages lie on {ranks.Count} devices otherwise than in turn, as Megatron has them", "plan with one stage per device, or an interleaved schedule"));
        else
            return true;
        return false;
    }

    /// <summary>For each node of the chain what it is to Megatron; null if the model is no line of transformer layers.</summary>
    private static List<Part>? Parts(StageChain chain)
    {
        var paths = chain.Nodes.Select(ModulePath.Of).ToList();
        var lists = paths.SelectMany((p, node) => p.ListMembers().Select(m => (m.List, m.Index, m.Module, Node: node))).GroupBy(m => m.List, StringComparer.Ordinal);
        foreach (var list in lists.OrderByDescending(l => l.Count()))
        {
            var layers = list.GroupBy(m => m.Index).OrderBy(g => g.Key).ToList();
            int first = layers[0].Min(m => m.Node), end = first + list.Count();
            bool isLine = layers.Select((g, i) => g.Key == i).All(b => b)
                && list.Select(m => m.Node).SequenceEqual(Enumerable.Range(first, end - first))
                && list.Zip(list.Skip(1)).All(p => p.First.Index <= p.Second.Index);
            if (!isLine || first == 0 || end == paths.Count)
                continue;
            var shapes = layers.Select(g => string.Join(' ', g.Select(m => chain.Nodes[m.Node].Replace(m.Module, "", StringComparison.Ordinal).Replace($".{m.Index}", "", StringComparison.Ordinal)))).Distinct();
            if (shapes.Count() > 1 || !layers[0].Any(m => paths[m.Node].Operator.StartsWith("Softmax", StringComparison.Ordinal)))
                continue;
            // Another list of layers beside this one: the model is no line, and the layout would hide them in its embedding or head.
            if (Enumerable.Range(0, paths.Count).Any(n => (n < first || n >= end) && paths[n].Operator.StartsWith("Softmax", StringComparison.Ordinal) && paths[n].ListMembers().Any()))
                return null;
            var indices = list.ToDictionary(m => m.Node, m => m.Index);
            return [.. Enumerable.Range(0, paths.Count).Select(n =>
                n < first ? new Part('E', -1) : n >= end ? new Part('L', -1) : new Part('t', indices[n]))];
        }

        return null;
    }

    private static string Shorten(List<string> stages)
    {
        var text = new StringBuilder();
        for (int s = 0; s < stages.Count;)
        {
            int count = stages.Skip(s).TakeWhile(t => t == stages[s]).Count();
            // There is no bar behind the last stage.
            int repeated = s + count == stages.Count ? count - 1 : count;
            string stage = Runs().Replace(stages[s], run => string.Create(CultureInfo.InvariantCulture, $"{run.Value[0]}*{run.Length}"));
            if (repeated >= 3)
                text.Append(CultureInfo.InvariantCulture, $"({stage}|)*{repeated}");
            else
                text.Insert(text.Length, stage + "|", repeated);
            if (s + count == stages.Count)
                text.Append(stage);
            s += count;
        }

        return text.ToString();
    }

    [GeneratedRegex("t{3,}")]
    private static partial Regex Runs();

    /// <summary>The embedding, one transformer layer, or the head with the loss.</summary>
    private readonly record struct Part(char Letter, int Layer)
    {
        public override string ToString() => Letter switch
        {
            'E' => "the embedding",
            'L' => "the head",
            _ => string.Create(CultureInfo.InvariantCulture, $"layer {Layer}"),
        };
    }
}
