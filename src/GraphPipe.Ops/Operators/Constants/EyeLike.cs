using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX EyeLike: ones on a diagonal; only the operand's shape counts. A constant at level core.</summary>
[Operator("EyeLike", since: 9)]
internal sealed class EyeLike : Operator
{
    public override void Infer(InferenceContext c)
    {
        var type = DTypes.TryParse(c.Attributes.Text("dtype", ""), out var stated) ? stated : c.DType(0);
        c.Set(0, type, c.Shape(0));
    }

    public override void Batch(BatchContext c)
    {
        if (c.Layout(0) is not null)
            c.Mixes("its diagonal runs over the samples");
    }

    public override ImmutableArray<TensorData>? Fold(FoldContext c) =>
        c.ResultShape(0) is [var rows, var columns] && EyeMatrix.Of(c.ResultType(0), rows, columns, c.Attributes.Int("k", 0)) is { } y ? [y] : null;
}
