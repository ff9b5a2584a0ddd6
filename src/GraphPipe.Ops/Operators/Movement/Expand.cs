using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Expand: broadcasting to a shape; at level core the result type is the target.</summary>
[Operator("Expand", since: 8)]
internal sealed class Expand : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Content(1) is { } target)
            c.Set(0, c.DType(0), Broadcasting.Of(c.Shape(0), Shape.Create(target.AsSpan()), c.Fail));
        else
            c.Set(0, c.DType(0), null);
    }

    public override void Batch(BatchContext c)
    {
        int rank = c.ResultShape(0).Rank;
        c.Set(0, c.Layout(0) is { } layout ? layout with { Axis = layout.Axis + rank - c.Shape(0).Rank } : BatchRules.FromShape(c.ResultShape(0)));
    }

    public override ImmutableArray<TensorData>? Fold(FoldContext c) =>
        c.Operand(0) is { } x && c.ResultShape(0) is { } shape && ConstantMove.Pick(x, shape, ConstantMove.BroadcastIndex(x.Shape, shape)) is { } y ? [y] : null;
}
