using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX LayerNormalization over the axes from <c>axis</c> on; mean and inverse standard deviation are further results.</summary>
[Operator("LayerNormalization", since: 17)]
internal sealed class LayerNormalization : Operator
{
    public override void Infer(InferenceContext c)
    {
        c.Set(0, c.DType(0), c.Shape(0));
        if (c.Shape(0) is not { } shape)
            return;
        int axis = c.Axis(c.Attributes.Int("axis", -1), shape.Rank);
        var statistics = Shape.Create([.. shape.Dims.Select((d, i) => i < axis ? d : Dim.One)]);
        c.Set(1, DType.F32, statistics);
        c.Set(2, DType.F32, statistics);
    }

    public override void Batch(BatchContext c)
    {
        int rank = c.Shape(0).Rank;
        int axis = (int)c.Attributes.Int("axis", -1);
        axis = axis < 0 ? axis + rank : axis;
        if (c.Layout(0) is { } layout && layout.Axis >= axis)
            c.Mixes($"it normalises over the samples (axis {layout.Axis})");
        c.SetAll(c.Layout(0));
    }

    public override OpCost Cost(CostContext c) => new(c.ResultElements * 8, c.AllBytes);
}
