using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX OneHot of indices, depth and the two values; a comparison at level core.</summary>
[Operator("OneHot", since: 9)]
internal sealed class OneHot : Operator
{
    public override ImmutableArray<AttributeOperand> AttributeOperands => [new(1, "depth", IsScalar: true)];

    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { } indices || Depth(c) is not { } depth)
            return;
        int axis = c.Axis(c.Attributes.Int("axis", -1), indices.Rank + 1);
        c.Set(0, c.DType(2), Shape.Create([.. indices.Take(axis), depth, .. indices.Skip(axis)]));
    }

    public override void Batch(BatchContext c)
    {
        int rank = c.Shape(0).Rank + 1;
        int axis = (int)c.Attributes.Int("axis", -1);
        axis = axis < 0 ? axis + rank : axis;
        c.Set(0, c.Layout(0) is { } layout && layout.Axis >= axis ? layout with { Axis = layout.Axis + 1 } : c.Layout(0));
    }

    private static Dim? Depth(InferenceContext c) =>
        c.Ints("depth", 1) is [var depth] ? Dim.Of(depth) : c.Constant(1) is { Count: 1 } constant ? Dim.Of((long)constant.DoubleAt(0)) : null;
}
