using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Dropout; gone at level core outside training mode, and where nothing is dropped.</summary>
[Operator("Dropout")]
internal sealed class Dropout : Operator
{
    public override ImmutableArray<AttributeOperand> AttributeOperands => [new(1, "ratio", IsFloat: true, IsScalar: true)];

    public override void Infer(InferenceContext c)
    {
        c.Set(0, c.DType(0), c.Shape(0));
        c.Set(1, DType.Bool, c.Shape(0));
    }

    public override void Batch(BatchContext c) => c.SetAll(c.Layout(0));
}
