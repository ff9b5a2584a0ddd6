using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// A plan whose stages follow one another as the model's nodes do: what pipelines of other tools can be. Skips over a stage are fine, branches
/// side by side are not.
/// </summary>
/// <param name="Nodes">The names of all nodes in the order of the file.</param>
/// <param name="Starts">For each stage its first node.</param>
internal sealed record StageChain(PipelinePlan Plan, ImmutableArray<string> Nodes, ImmutableArray<int> Starts)
{
    /// <returns>Null with GP3030 in <paramref name="diagnostics"/> if the stages are no chain.</returns>
    public static StageChain? Of(PipelinePlan plan, DiagnosticBag diagnostics)
    {
        if (plan.Stages.Any(s => s.MicroBatch != plan.Stages[0].MicroBatch))
        {
            diagnostics.Add(PlanExport.Refusal("stages differ in the size of their micro-batches", "plan with one --micro-batch"));
            return null;
        }

        for (int s = 0; s + 1 < plan.Stages.Length; s++)
        {
            if (!plan.Edges.Contains((new StageId(s), new StageId(s + 1))))
            {
                diagnostics.Add(PlanExport.Refusal(
                    $"stage {s} '{plan.Stages[s].Name}' sends nothing to stage {s + 1} '{plan.Stages[s + 1].Name}': the stages are a graph, not a chain",
                    "choose a partitioner of sequences, --partitioner uniform for example, for a model that is a line"));
                return null;
            }
        }

        var order = plan.Stages.SelectMany(s => s.Nodes.Zip(s.NodeNames, (id, name) => (id, name, s.Id))).OrderBy(n => n.id).ToList();
        var starts = ImmutableArray.CreateBuilder<int>(plan.Stages.Length);
        for (int i = 0; i < order.Count; i++)
        {
            if (i == 0 || order[i].Id.Value == order[i - 1].Id.Value + 1)
            {
                starts.Add(i);
            }
            else if (order[i].Id != order[i - 1].Id)
            {
                diagnostics.Add(PlanExport.Refusal(
                    $"'{order[i].name}' of stage {order[i].Id.Value} stands behind '{order[i - 1].name}' of stage {order[i - 1].Id.Value} in the model: a stage must be one piece of it",
                    "cut the model yourself with --cut, or choose --partitioner uniform"));
                return null;
            }
        }

        return new StageChain(plan, [.. order.Select(n => n.name)], starts.ToImmutable());
    }
}
