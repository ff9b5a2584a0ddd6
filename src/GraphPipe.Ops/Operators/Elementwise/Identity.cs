using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Identity; gone at level core.</summary>
[Operator("Identity")]
internal sealed class Identity : Operator
{
    public override void Infer(InferenceContext c)
    {
        c.Set(0, c.DType(0), c.Shape(0));
        c.SetContent(0, c.Content(0));
    }

    public override ImmutableArray<TensorData>? Fold(FoldContext c) => c.Operand(0) is { } x ? [x] : null;
}
