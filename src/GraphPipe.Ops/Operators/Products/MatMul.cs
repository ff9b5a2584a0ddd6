using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX MatMul, numpy semantics. <c>grad.MatMul</c> swaps the last two dimensions of its operands first where <c>transA</c>, <c>transB</c> say so.</summary>
[Operator("MatMul")]
[Operator("grad.MatMul")]
internal sealed class MatMul : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { } a || c.Shape(1) is not { } b)
            return;
        if (a.Rank == 0 || b.Rank == 0)
        {
            c.Fail("a scalar can't be multiplied as a matrix");
            return;
        }

        a = Transposed(a, c.Attributes.Int("transA", 0) != 0);
        b = Transposed(b, c.Attributes.Int("transB", 0) != 0);
        var left = a.Rank == 1 ? Shape.Create([Dim.One, a[0]]) : a;
        var right = b.Rank == 1 ? Shape.Create([b[0], Dim.One]) : b;
        var inner = (left[^1], right[^2]);
        if (inner.Item1 != inner.Item2 && inner.Item1.IsConstant && inner.Item2.IsConstant)
            c.Fail($"the inner dimensions {inner.Item1} and {inner.Item2} differ");
        var batch = Broadcasting.Of(Shape.Create(left.Dims.AsSpan()[..^2]), Shape.Create(right.Dims.AsSpan()[..^2]), c.Fail);
        if (batch is null)
            return;
        var dims = batch.ToList();
        if (a.Rank > 1)
            dims.Add(left[^2]);
        if (b.Rank > 1)
            dims.Add(right[^1]);
        c.Set(0, c.DType(0), Shape.Create([.. dims]));
    }

    public override void Batch(BatchContext c)
    {
        int rank = c.ResultShape(0).Rank;
        var left = Moved(c, 0, rank, "transA", isLeft: true);
        var right = Moved(c, 1, rank, "transB", isLeft: false);
        if (left is not null && right is not null && left != right)
            c.Mixes("its operands have the samples along different axes");
        c.Set(0, left ?? right);
    }

    public override OpCost Cost(CostContext c)
    {
        var a = c.Shape(0);
        bool transposed = c.Attributes.Int("transA", 0) != 0 && a.Rank > 1;
        return new(c.ResultElements * a[transposed ? a.Rank - 2 : a.Rank - 1] * 2, c.AllBytes);
    }

    private static Shape Transposed(Shape shape, bool swap) =>
        swap && shape.Rank > 1 ? Shape.Create([.. shape.Dims.AsSpan()[..^2], shape[^1], shape[^2]]) : shape;

    // The operand's layout as seen in the result; samples along the inner dimension are mixed.
    private static BatchLayout? Moved(BatchContext c, int operand, int rank, string transpose, bool isLeft)
    {
        if (c.Layout(operand) is not { } layout)
            return null;
        int own = c.Shape(operand).Rank;
        int axis = layout.Axis;
        if (own > 1 && axis >= own - 2 && c.Attributes.Int(transpose, 0) != 0)
            axis = axis == own - 1 ? own - 2 : own - 1;
        if (axis == (own == 1 ? 0 : isLeft ? own - 1 : own - 2))
        {
            c.Mixes("it sums over the samples");
            return null;
        }

        // Beside a vector the result lacks the vector's free dimension.
        if (c.Shape(isLeft ? 1 : 0).Rank == 1)
            return layout with { Axis = !isLeft && axis == own - 1 ? axis - 1 : axis };
        return layout with { Axis = axis + rank - own };
    }
}
