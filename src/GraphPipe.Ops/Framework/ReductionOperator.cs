using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops;

/// <summary>A reduction over axes given as attribute or second operand; no axes means all, unless <c>noop_with_empty_axes</c>.</summary>
public abstract class ReductionOperator : Operator
{
    public override ImmutableArray<AttributeOperand> AttributeOperands => [new(1, "axes")];

    public override bool IsReduction => true;

    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { } shape)
            return;
        var axes = c.Has(1) || c.Attributes.Has("axes") ? c.Axes("axes", 1, shape.Rank) : [];
        if (axes is not { } known)
            return;
        if (known.IsEmpty && c.Attributes.Int("noop_with_empty_axes", 0) != 0)
        {
            c.Set(0, c.DType(0), shape);
            return;
        }

        if (known.IsEmpty)
            known = [.. Enumerable.Range(0, shape.Rank)];
        c.Set(0, c.DType(0), Reduced(shape, known, c.Attributes.Int("keepdims", 1) != 0));
    }

    public override void Batch(BatchContext c)
    {
        if (c.Layout(0) is not { } layout)
            return;
        var axes = (c.Attributes.Ints("axes") ?? []).Select(a => (int)a).ToHashSet();
        if (axes.Contains(layout.Axis))
        {
            c.Mixes($"it reduces over the samples (axis {layout.Axis})");
            return;
        }

        bool keep = c.Attributes.Int("keepdims", 1) != 0;
        c.Set(0, layout with { Axis = keep ? layout.Axis : layout.Axis - axes.Count(a => a < layout.Axis) });
    }

    public override OpCost Cost(CostContext c) => new(c.Elements(c.Op.Operands[0]), c.AllBytes);

    public static Shape Reduced(Shape shape, ImmutableArray<int> axes, bool keep)
    {
        var dims = new List<Dim>();
        for (int i = 0; i < shape.Rank; i++)
        {
            if (!axes.Contains(i))
                dims.Add(shape[i]);
            else if (keep)
                dims.Add(Dim.One);
        }

        return Shape.Create([.. dims]);
    }
}
