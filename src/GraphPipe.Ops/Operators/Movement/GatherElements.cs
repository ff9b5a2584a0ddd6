namespace GraphPipe.Ops.Operators;

/// <summary>ONNX GatherElements along one axis.</summary>
[Operator("GatherElements", since: 11)]
internal sealed class GatherElements : Operator
{
    public override void Infer(InferenceContext c) => c.Set(0, c.DType(0), c.Shape(1));

    public override void Batch(BatchContext c)
    {
        int rank = c.Shape(0).Rank;
        int axis = (int)c.Attributes.Int("axis", 0);
        axis = axis < 0 ? axis + rank : axis;
        if (c.Layout(0) is { } data && (data.Axis == axis || c.Layout(1) != data))
            c.Mixes(data.Axis == axis ? "it picks samples" : "its operands have the samples along different axes");
        c.Set(0, c.Layout(1));
    }
}
