using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Flatten to a matrix; Reshape at level core.</summary>
[Operator("Flatten")]
internal sealed class Flatten : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { } shape)
            return;
        long axis = c.Attributes.Int("axis", 1);
        axis = axis < 0 ? axis + shape.Rank : axis;
        var rows = shape.Take((int)axis).Aggregate(Dim.One, (a, b) => a * b);
        var columns = shape.Skip((int)axis).Aggregate(Dim.One, (a, b) => a * b);
        c.Set(0, c.DType(0), Shape.Create([rows, columns]));
    }

    public override ImmutableArray<TensorData>? Fold(FoldContext c) =>
        c.Operand(0) is { } x && c.ResultShape(0) is { } shape ? [x.Reshaped(shape)] : null;
}
