using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX ConvTranspose: X [N,C,…], W [C,M/group,…], B [M]; the gradient of a convolution's input as a forward op.</summary>
[Operator("ConvTranspose")]
internal sealed class ConvTranspose : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { Rank: >= 3 } x || c.Shape(1) is not { } w)
            return;
        if (w.Rank != x.Rank || (x[1].IsConstant && w[0].IsConstant && x[1] != w[0]))
        {
            c.Fail($"X is {x}, W is {w}");
            return;
        }

        if (TransposedWindow.Of(c.Attributes, x, w) is { } window)
            c.Set(0, c.DType(0), Shape.Create([x[0], w[1] * c.Attributes.Int("group", 1), .. window.Outputs.Select(Dim.Of)]));
    }

    public override void Batch(BatchContext c)
    {
        if (c.Layout(1) is not null || c.Layout(2) is not null)
            c.Mixes("its weights depend on the samples");
        if (c.Layout(0) is { Axis: > 0 })
            c.Mixes("it runs over the samples");
        c.Set(0, c.Layout(0));
    }

    public override OpCost Cost(CostContext c) => new(c.Shape(1).Dims.Skip(1).Aggregate(c.Elements(c.Op.Operands[0]) * 2, (a, b) => a * b), c.AllBytes);

    // One image's columns, as for the gradient of a convolution.
    public override Dim Workspace(CostContext c) =>
        c.Shape(1).Dims.Skip(1).Concat(c.Shape(0).Dims.Skip(2)).Aggregate(Dim.Of(4), (a, b) => a * b);
}
