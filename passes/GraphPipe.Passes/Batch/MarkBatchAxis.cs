using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>
/// Marks for every value where its samples lie, by one rule per operator.
/// <para>Needs level core; afterwards types carry batch layouts. An op that mixes samples is an error (GP4005) when micro-batches are to be
/// cut, else its result counts as having its samples along the axis of length N, if there is one. A final mean or sum over the samples that
/// makes the model's own loss is no mixing: <see cref="ModelLoss"/> weights it. Example: <c>%f = Reshape(%h) : f32[8*N,64]</c> gets
/// <c>batch(0,1,8)</c>.</para>
/// </summary>
public sealed class MarkBatchAxis(OperatorRegistry registry, bool mayMix, TrainingGoal goal) : IPass
{
    public string Name => "mark-batch-axis";

    public Level From => Level.Core;

    public Level To => Level.Core;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        var values = module.Values.ToBuilder();
        foreach (var input in module.Graph.Inputs)
        {
            if (values[input.Index].Tensor is { Shape: { } shape } type)
                values[input.Index] = values[input.Index] with { Type = type with { Batch = InputLayout(shape) } };
        }

        TensorType? TypeOf(ValueId id) => id.IsNone ? null : values[id.Index].Tensor;
        var lossOps = ModelLoss.Of(module, goal)?.Reductions;
        foreach (var op in module.Graph.Ops)
        {
            var context = new BatchContext(op, TypeOf);
            registry.Describe(op.Name).Batch(context);
            string? mixed = context.MixReason;
            if (mixed is not null && lossOps?.Contains(op.Id) != true)
            {
                var diagnostic = mayMix
                    ? Diagnostic.Note(Codes.SamplesMixed, $"{op.Name} mixes samples: {mixed}", op.Location.ToString())
                    : Diagnostic.Error(
                        Codes.SamplesMixed, $"{op.Name} mixes samples: {mixed}", op.Location.ToString(),
                        "train with one micro-batch (--micro-batches 1), or change the model so that samples stay apart");
                diagnostics.Add(diagnostic);
            }

            for (int i = 0; i < op.Results.Length; i++)
            {
                if (op.Results[i].IsNone || TypeOf(op.Results[i]) is not { Shape: { } shape } type)
                    continue;
                var layout = mixed is null ? context.Result(i) : BatchRules.FromShape(shape);
                values[op.Results[i].Index] = values[op.Results[i].Index] with { Type = type with { Batch = layout } };
            }
        }

        return module with { Values = values.ToImmutable() };
    }

    private static BatchLayout? InputLayout(Shape shape)
    {
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            if (shape[axis].MultipleOf(Dim.BatchSymbol) is { } factor)
                return new BatchLayout(axis, 1, factor);
        }

        return null;
    }
}
