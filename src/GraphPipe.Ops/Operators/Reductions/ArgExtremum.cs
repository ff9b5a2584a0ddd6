using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX ArgMax and ArgMin: position of the largest or smallest element along one axis.</summary>
[Operator("ArgMax")]
[Operator("ArgMin")]
internal sealed class ArgExtremum : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { } shape)
            return;
        int axis = c.Axis(c.Attributes.Int("axis", 0), shape.Rank);
        c.Set(0, DType.I64, ReductionOperator.Reduced(shape, [axis], c.Attributes.Int("keepdims", 1) != 0));
    }

    public override void Batch(BatchContext c)
    {
        int rank = c.Shape(0).Rank;
        int axis = (int)c.Attributes.Int("axis", 0);
        axis = axis < 0 ? axis + rank : axis;
        var layout = BatchRules.Along(c, axis, "it");
        bool keep = c.Attributes.Int("keepdims", 1) != 0;
        c.Set(0, layout is null || keep || layout.Axis < axis ? layout : layout with { Axis = layout.Axis - 1 });
    }
}
