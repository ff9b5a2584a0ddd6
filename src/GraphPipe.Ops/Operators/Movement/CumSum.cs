using System.Collections.Immutable;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX CumSum along one axis.</summary>
[Operator("CumSum", since: 11)]
internal sealed class CumSum : Operator
{
    public override ImmutableArray<AttributeOperand> AttributeOperands => [new(1, "axis", IsScalar: true)];

    public override void Infer(InferenceContext c) => c.Set(0, c.DType(0), c.Shape(0));

    public override void Batch(BatchContext c)
    {
        int axis = (int)c.Attributes.Int("axis", 0);
        c.Set(0, BatchRules.Along(c, axis < 0 ? axis + c.Shape(0).Rank : axis, "it"));
    }
}
