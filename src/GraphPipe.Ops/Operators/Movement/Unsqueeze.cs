using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Unsqueeze; Reshape at level core.</summary>
[Operator("Unsqueeze")]
internal sealed class Unsqueeze : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { } shape || c.Ints("axes", 1) is not { } axes)
            return;
        int rank = shape.Rank + axes.Length;
        var added = axes.Select(a => c.Axis(a, rank)).ToHashSet();
        var rest = new Queue<Dim>(shape);
        c.Set(0, c.DType(0), Shape.Create([.. Enumerable.Range(0, rank).Select(i => added.Contains(i) || rest.Count == 0 ? Dim.One : rest.Dequeue())]));
        c.SetContent(0, c.Content(0));
    }

    public override ImmutableArray<TensorData>? Fold(FoldContext c) =>
        c.Operand(0) is { } x && c.ResultShape(0) is { } shape ? [x.Reshaped(shape)] : null;
}
