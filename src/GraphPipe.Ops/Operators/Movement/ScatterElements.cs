namespace GraphPipe.Ops.Operators;

/// <summary>ONNX ScatterElements of data, indices and updates along one axis.</summary>
[Operator("ScatterElements", since: 11)]
internal sealed class ScatterElements : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is { } data && c.Shape(1) is { } indices && (data.Rank != indices.Rank || (c.Shape(2) is { } updates && updates != indices)))
            c.Fail($"data {data}, indices {indices}, updates {c.Shape(2)}");
        else
            c.Set(0, c.DType(0), c.Shape(0));
    }

    public override void Batch(BatchContext c)
    {
        int rank = c.Shape(0).Rank;
        int axis = (int)c.Attributes.Int("axis", 0);
        axis = axis < 0 ? axis + rank : axis;
        var layout = c.Layout(0) ?? c.Layout(1) ?? c.Layout(2);
        if (layout is not null && layout.Axis == axis)
            c.Mixes("it writes to any sample");
        else if (layout is not null && (c.Layout(1) != layout || c.Layout(2) != layout || (c.Layout(0) is { } data && data != layout)))
            c.Mixes("its operands have the samples along different axes");
        c.Set(0, layout);
    }
}

/// <summary>ONNX ScatterND; ScatterElements at level core.</summary>
[Operator("ScatterND", since: 11)]
internal sealed class ScatterND : Operator
{
    public override void Infer(InferenceContext c) => c.Set(0, c.DType(0), c.Shape(0));

    public override void Batch(BatchContext c)
    {
        if ((c.Layout(0) ?? c.Layout(1) ?? c.Layout(2)) is not null)
            c.Mixes("it writes to any sample");
        c.Set(0, c.Layout(0));
    }
}
