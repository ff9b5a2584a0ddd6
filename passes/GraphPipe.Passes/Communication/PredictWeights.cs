using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>
/// Gives every stage the function that moves its weights ahead in the direction of the optimizer, for schedules that predict them (XPipe, arXiv 1911.04610).
/// <para>Needs and gives level comm, with Adam or AdamW as optimizer: their moments are the direction. Example: beside <c>train.Adam(@w, @w.grad, @w.exp_avg, @w.exp_avg_sq)</c> in
/// <c>update</c> comes <c>train.PredictAdam(@w, @w.exp_avg, @w.exp_avg_sq)</c> in <c>predict</c>, with the same settings. AdamW's decay, which does not follow from the moments, is left out.</para>
/// </summary>
public sealed class PredictWeights : IPass
{
    public string Name => "predict-weights";

    public Level From => Level.Comm;

    public Level To => Level.Comm;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        var builder = new ModuleBuilder(module);
        var stages = module.Stages.Select(stage =>
        {
            ImmutableArray<Op> ops =
            [
                .. from update in stage.Function(FunctionKind.Update).Ops
                   where update.Is("train", "Adam") || update.Is("train", "AdamW")
                   select new Op(builder.NextOpId(), OperatorName.Train("PredictAdam"), [update.Operands[0], update.Operands[2], update.Operands[3]], [])
                   {
                       Attributes = update.Attributes.Without("weight_decay"),
                       Location = update.Location,
                   },
            ];
            return ops.IsEmpty ? stage : stage with { Functions = [.. stage.Functions, new StageBody(FunctionKind.Predict, new Region(Printer.Spelling(FunctionKind.Predict), [], ops, []))] };
        }).ToImmutableArray();
        return builder.Build(module.Graph, Level.Comm) with { Stages = stages };
    }
}
