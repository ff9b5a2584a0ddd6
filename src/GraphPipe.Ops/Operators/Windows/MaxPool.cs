using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX MaxPool; the positions of the maxima (second result) are not supported above level onnx.</summary>
[Operator("MaxPool")]
internal sealed class MaxPool : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { Rank: >= 3 } x || SpatialWindow.Of(c, x) is not { } window)
            return;
        c.Set(0, c.DType(0), Shape.Create([x[0], x[1], .. window.OutputDims(x, c)]));
        c.Set(1, DType.I64, c.ResultType(0)!.Shape);
    }

    public override void Batch(BatchContext c)
    {
        if (c.Layout(0) is { Axis: > 1 })
            c.Mixes("its window runs over the samples");
        c.Set(0, c.Layout(0));
    }

    public override OpCost Cost(CostContext c) =>
        new(c.ResultElements * (c.Attributes.Ints("kernel_shape") ?? []).Aggregate(1L, (a, b) => a * b), c.AllBytes);
}
