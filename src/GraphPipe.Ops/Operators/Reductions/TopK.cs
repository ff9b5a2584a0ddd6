using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX TopK: the k largest or smallest along one axis and where they are, in order, of equals the first in front.</summary>
[Operator("TopK")]
internal sealed class TopK : Operator
{
    public override ImmutableArray<AttributeOperand> AttributeOperands => [new(1, "k", IsScalar: true)];

    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { } shape || c.Ints("k", 1) is not [var k])
            return;
        int axis = c.Axis(c.Attributes.Int("axis", -1), shape.Rank);
        if (shape[axis].Constant is { } length && k > length)
            c.Fail($"k is {k}, axis {axis} has {length} entries");
        c.Set(0, c.DType(0), shape.With(axis, k));
        c.Set(1, DType.I64, shape.With(axis, k));
    }

    public override void Batch(BatchContext c)
    {
        int axis = (int)c.Attributes.Int("axis", -1);
        c.SetAll(BatchRules.Along(c, axis < 0 ? axis + c.Shape(0).Rank : axis, "it"));
    }

    public override OpCost Cost(CostContext c) => new(c.Elements(c.Op.Operands[0]) * 4, c.AllBytes);

    // Positions are kept even where nobody asks for them.
    public override Dim Workspace(CostContext c) => c.ResultElements * sizeof(long);
}
