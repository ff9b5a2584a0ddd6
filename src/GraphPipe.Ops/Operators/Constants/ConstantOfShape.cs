using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX ConstantOfShape: one value everywhere.</summary>
[Operator("ConstantOfShape", since: 9)]
internal sealed class ConstantOfShape : Operator
{
    public override void Infer(InferenceContext c)
    {
        var value = Value(c.Attributes);
        if (c.Content(0) is not { } shape)
        {
            c.Set(0, value.Type, null);
            return;
        }

        c.Set(0, value.Type, Shape.Create(shape.AsSpan()));
        if (shape.Length <= 1 && value.Type.IsInteger() && shape.All(d => d.Constant is >= 0 and <= InferenceContext.ContentLimit))
            c.SetContent(0, [.. Enumerable.Repeat(Dim.Of(value.LongAt(0)), (int)(shape.Length == 0 ? 1 : shape[0].Constant!.Value))]);
    }

    public override void Batch(BatchContext c) => c.Set(0, BatchRules.FromShape(c.ResultShape(0)));

    public override ImmutableArray<TensorData>? Fold(FoldContext c) =>
        c.ResultShape(0) is { } shape && ConstantMove.Pick(Value(c.Attributes), shape, _ => 0) is { } y ? [y] : null;

    private static TensorData Value(Attributes attributes) => attributes["value"] is IrAttribute.Tensor tensor ? tensor.Value : TensorData.Floats([1], 0f);
}
