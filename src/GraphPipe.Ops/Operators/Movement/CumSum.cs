using System.Collections.Immutable;
using GraphPipe.Bundle;

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

    public override ImmutableArray<TensorData>? Fold(FoldContext c)
    {
        if (c.Operand(0) is not { } x || !x.Type.IsInteger() || x.Count > ConstantMath.Limit || (c.Attributes.Has("axis") ? c.Attributes.Int("axis", 0) : c.Operand(1)?.LongAt(0)) is not { } along)
            return null;
        long axis = along < 0 ? along + x.Shape.Length : along;
        bool exclusive = c.Attributes.Int("exclusive", 0) != 0;
        bool reverse = c.Attributes.Int("reverse", 0) != 0;
        long inner = ConstantMove.Strides(x.Shape)[axis];
        long length = x.Shape[(int)axis];
        long[] from = x.ToLongs();
        long[] sums = new long[from.Length];
        for (long start = 0; start < from.Length; start++)
        {
            if (start / inner % length != 0)
                continue;
            long sum = 0;
            for (long i = 0; i < length; i++)
            {
                long at = start + ((reverse ? length - 1 - i : i) * inner);
                sums[at] = exclusive ? sum : sum + from[at];
                sum += from[at];
            }
        }

        return ConstantMath.FromLongs(x.Type, x.Shape, sums) is { } y ? [y] : null;
    }
}
