using System.Collections.Immutable;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Clip; at level core with constant bounds as attributes.</summary>
[Operator("Clip")]
internal sealed class Clip : UnaryOperator
{
    public override ImmutableArray<AttributeOperand> AttributeOperands => [new(1, "min", IsFloat: true, IsScalar: true), new(2, "max", IsFloat: true, IsScalar: true)];

    public override void Infer(InferenceContext c) => c.Set(0, c.DType(0), c.Shape(0));

    public override void Batch(BatchContext c) => c.Set(0, c.Layout(0));
}
