using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX InstanceNormalization of [N,C,…]; at level core with mean and inverse standard deviation [N,C] as further results.</summary>
[Operator("InstanceNormalization")]
internal sealed class InstanceNormalization : Operator
{
    public override void Infer(InferenceContext c)
    {
        c.Set(0, c.DType(0), c.Shape(0));
        if (c.Shape(0) is not { Rank: >= 2 } shape)
            return;
        c.Set(1, DType.F32, Shape.Create([shape[0], shape[1]]));
        c.Set(2, DType.F32, Shape.Create([shape[0], shape[1]]));
    }

    public override void Batch(BatchContext c)
    {
        if (c.Layout(0) is { Axis: > 0 } layout)
            c.Mixes(layout.Axis == 1 ? "its channels are samples" : $"it normalises over the samples (axis {layout.Axis})");
        c.SetAll(c.Layout(0));
    }

    public override OpCost Cost(CostContext c) => new(c.ResultElements * 8, c.AllBytes);
}
