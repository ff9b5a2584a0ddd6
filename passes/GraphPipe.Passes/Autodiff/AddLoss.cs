using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>
/// Puts the loss head behind the model: inputs for the target and for the scale, and an op that gives the micro-batch's share of the loss.
/// <para>Needs level core with batch layouts; gives level train, still without gradients. The scale is what makes the sum over a
/// micro-batch its share of the mean over the mini-batch (one over the number of elements, or of targets that are not ignored); the runtime
/// computes it from the mini-batch's targets. The loss is computed in f32, also of halves, and its target is f32. Without micro-batches (<paramref name="mayMix"/>) the model's own loss may be anything. Example: with <c>mse</c>, <c>%y</c> gets <c>%loss = train.LossMse(%y, %target, %loss_scale)</c>.</para>
/// </summary>
public sealed class AddLoss(OperatorRegistry registry, TrainingGoal goal, bool mayMix) : IPass
{
    public string Name => "add-loss";

    public Level From => Level.Core;

    public Level To => Level.Train;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        if (goal.OutputOf(module) is not { } output)
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.OutputUnknown, $"the model has no output '{goal.Output}'", advice: $"its outputs are {string.Join(", ", module.Graph.Outputs.Select(o => $"'{module[o].Name}'"))}"));
            return module;
        }

        if (Unsuitable(module, output) is { } problem)
        {
            diagnostics.Add(Diagnostic.Error(Codes.LossUnsuitable, problem, $"output \"{module[output].Name}\"", "choose another loss with --loss, or another output with --loss-output"));
            return module;
        }

        var builder = new ModuleBuilder(module);
        if (goal.Loss != LossKind.Output && builder.Find(goal.Target) is not null)
        {
            diagnostics.Add(Diagnostic.Error(Codes.Usage, $"the target can't be called '{goal.Target}': the model has a tensor of that name", advice: "choose another name with --target"));
            return module;
        }

        var emitter = new Emitter(builder, registry) { Phase = Phase.Loss, Location = Location.Of("loss") };
        var scale = builder.AddValue("loss_scale", new TensorType(DType.F32, Shape.Scalar));
        var feeds = module.Graph.Inputs.Select(i => new Feed(i, FeedKind.Input)).ToList();
        var inputs = module.Graph.Inputs.ToList();
        var type = builder.TensorOf(output);
        var read = type.Type.IsHalf() ? emitter.EmitTyped("Cast", [output], type with { Type = DType.F32 }, HalfCasts.To(DType.F32), module[output].Name + ".f32") : output;
        ValueId loss;
        string target = "";
        if (goal.Loss == LossKind.Output)
        {
            loss = emitter.Emit("Mul", [emitter.Reshape(read, Shape.Scalar), scale], hint: "loss");
        }
        else
        {
            var fed = builder.AddValue(goal.Target, TargetType(type));
            target = goal.Target;
            inputs.Add(fed);
            feeds.Add(new Feed(fed, FeedKind.Target));
            loss = emitter.Emit(goal.Loss == LossKind.Mse ? "train.LossMse" : "train.LossCrossEntropy", [read, fed, scale], goal.Loss == LossKind.Mse ? null : Attributes.Empty.With("ignore_index", goal.IgnoreIndex), "loss");
        }

        inputs.Add(scale);
        feeds.Add(new Feed(scale, FeedKind.LossScale));
        var result = builder.Build(module.Graph with { Inputs = [.. inputs], Ops = [.. module.Graph.Ops, .. emitter.Take()] }, Level.Train);
        return result with { Feeds = [.. feeds], Loss = new Loss(loss, Settings(module, output, type, target)) };
    }

    private TensorType TargetType(TensorType output)
    {
        if (goal.Loss == LossKind.Mse)
            return output with { Type = output.Type.Wide() };
        // Class numbers: the logits' shape without the class axis, which is the second one, as in PyTorch.
        var shape = Shape.Create([.. output.KnownShape.Dims.Where((_, i) => i != 1)]);
        return new TensorType(DType.I64, shape, BatchLayout.Leading);
    }

    private LossSettings Settings(Module module, ValueId output, TensorType type, string target)
    {
        var normaliser = goal.Loss switch
        {
            LossKind.Mse => LossNormaliser.Elements,
            LossKind.CrossEntropy => LossNormaliser.NotIgnored,
            _ => ModelLoss.Of(module, goal)?.Normaliser ?? LossNormaliser.Samples,
        };
        long elements = goal.Loss == LossKind.Output ? 1 : type.KnownShape.Elements.MultipleOf(Dim.BatchSymbol) ?? 1;
        return new LossSettings(goal.Loss, module[output].Name, target, goal.IgnoreIndex, normaliser, elements);
    }

    private string? Unsuitable(Module module, ValueId output)
    {
        if (module[output].Tensor is not { Type: DType.F32 or DType.F16 or DType.BF16, Shape: { } shape } type)
            return "a loss needs an output of f32, f16 or bf16";
        switch (goal.Loss)
        {
            case LossKind.CrossEntropy when shape.Rank < 2 || type.Batch != BatchLayout.Leading || !shape[1].IsConstant:
                return $"cross_entropy needs logits [N,classes,…], the output is {shape}";
            case LossKind.Mse when type.Batch is null:
                return $"mse needs an output with samples, the output is {shape}";
            case LossKind.Output when shape.Elements.Constant != 1:
                return $"the model's own loss must be one number, the output is {shape}";
            case LossKind.Output when !mayMix && ModelLoss.Of(module, goal)?.Normaliser is null:
                return "the model's own loss is neither linear in means over the samples nor in sums over them, so no weighting makes it right per micro-batch (--micro-batches 1 needs none)";
            default:
                return null;
        }
    }
}
