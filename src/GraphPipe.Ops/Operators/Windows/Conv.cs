using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Conv: X [N,C,…], W [M,C/group,…], B [M].</summary>
[Operator("Conv")]
internal sealed class Conv : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { Rank: >= 3 } x || c.Shape(1) is not { } w)
            return;
        if (w.Rank != x.Rank)
        {
            c.Fail($"X has rank {x.Rank}, W has rank {w.Rank}");
            return;
        }

        if (x[1].Constant is { } channels && w[1].Constant is { } perGroup && channels != perGroup * c.Attributes.Int("group", 1))
            c.Fail($"X has {channels} channels, W is made for {perGroup * c.Attributes.Int("group", 1)}");
        if (SpatialWindow.Of(c, x, w) is { } window)
            c.Set(0, c.DType(0), Shape.Create([x[0], w[0], .. window.OutputDims(x, c)]));
    }

    public override void Batch(BatchContext c)
    {
        if (c.Layout(1) is not null || c.Layout(2) is not null)
            c.Mixes("its weights depend on the samples");
        if (c.Layout(0) is { Axis: > 0 })
            c.Mixes("it runs over the samples");
        c.Set(0, c.Layout(0));
    }

    public override OpCost Cost(CostContext c)
    {
        var w = c.Shape(1);
        return new(c.ResultElements * w.Dims.Skip(1).Aggregate(Dim.One, (a, b) => a * b) * 2, c.AllBytes);
    }

    // One image's columns: [C/group · kernel, output positions], as im2col lays them out.
    public override Dim Workspace(CostContext c) =>
        c.Shape(1).Dims.Skip(1).Concat(c.ResultShape(0).Dims.Skip(2)).Aggregate(Dim.Of(4), (a, b) => a * b);
}
