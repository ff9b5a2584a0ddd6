using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Squeeze; Reshape at level core.</summary>
[Operator("Squeeze")]
internal sealed class Squeeze : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { } shape)
            return;
        var axes = c.Axes("axes", 1, shape.Rank) ?? (c.Has(1) ? null : [.. Enumerable.Range(0, shape.Rank).Where(i => shape[i].Constant == 1)]);
        if (axes is not { } gone)
            return;
        c.Set(0, c.DType(0), Shape.Create([.. shape.Dims.Where((_, i) => !gone.Contains(i))]));
        c.SetContent(0, c.Content(0));
    }

    public override ImmutableArray<TensorData>? Fold(FoldContext c) =>
        c.Operand(0) is { } x && c.ResultShape(0) is { } shape ? [x.Reshaped(shape)] : null;
}
