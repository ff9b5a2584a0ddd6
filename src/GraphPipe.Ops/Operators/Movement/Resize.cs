using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>
/// ONNX Resize by scales or to sizes, of some axes or all. At level core it works along one axis, the attribute <c>axis</c>, whose
/// scale is the attribute <c>scale</c>; the result's type says the size.
/// </summary>
[Operator("Resize", since: 10)]
internal sealed class Resize : Operator
{
    public override ImmutableArray<AttributeOperand> AttributeOperands => [new(1, "roi", IsFloat: true), new(2, "scales", IsFloat: true), new(3, "sizes")];

    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { } shape)
            return;
        if (c.Attributes["axis"] is not null)
        {
            int along = (int)c.Attributes.Int("axis", 0);
            if (shape[along].Constant is { } length)
                c.Set(0, c.DType(0), shape.With(along, c.Attributes.Int("size", length)));
            return;
        }

        var axes = c.Attributes.Ints("axes") is { } list ? list.Select(a => c.Axis(a, shape.Rank)).ToList() : [.. Enumerable.Range(0, shape.Rank)];
        if (Sizes(c) is { } sizes && sizes.Length == axes.Count)
        {
            for (int i = 0; i < axes.Count; i++)
                shape = shape.With(axes[i], sizes[i]);
            c.Set(0, c.DType(0), shape);
        }
        else if (Scales(c) is { } scales && scales.Length == axes.Count)
        {
            for (int i = 0; i < axes.Count; i++)
                shape = shape.With(axes[i], scales[i] == 1 ? shape[axes[i]] : shape[axes[i]].Constant is { } length ? Dim.Of((long)Math.Floor((float)length * scales[i])) : c.FreshDim());
            c.Set(0, c.DType(0), shape);
        }
        else
        {
            c.Set(0, c.DType(0), null);
        }
    }

    public override void Batch(BatchContext c)
    {
        if (c.Layout(0) is { } layout && c.Shape(0)[layout.Axis] != c.ResultShape(0)[layout.Axis])
            c.Mixes("it interpolates between samples");
        c.Set(0, c.Layout(0));
    }

    public override OpCost Cost(CostContext c) => new(c.ResultElements * 4, c.AllBytes);

    private static ImmutableArray<float>? Scales(InferenceContext c) =>
        c.Attributes.Floats("scales") is { } known ? known
        : c.Constant(2) is { Count: > 0 } data ? [.. Enumerable.Range(0, (int)data.Count).Select(i => (float)data.DoubleAt(i))]
        : null;

    private static ImmutableArray<Dim>? Sizes(InferenceContext c) => c.Content(3) is { IsEmpty: false } sizes ? sizes : null;
}
