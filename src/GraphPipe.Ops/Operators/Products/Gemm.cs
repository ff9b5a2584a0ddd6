using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Gemm: α·op(A)·op(B) + β·C on matrices.</summary>
[Operator("Gemm")]
internal sealed class Gemm : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { Rank: 2 } a || c.Shape(1) is not { Rank: 2 } b)
        {
            if (c.Shape(0) is not null && c.Shape(1) is not null)
                c.Fail("its operands must be matrices");
            return;
        }

        bool transA = c.Attributes.Int("transA", 0) != 0;
        bool transB = c.Attributes.Int("transB", 0) != 0;
        var (inner, outer) = (a[transA ? 0 : 1], b[transB ? 1 : 0]);
        if (inner != outer && inner.IsConstant && outer.IsConstant)
            c.Fail($"the inner dimensions {inner} and {outer} differ");
        c.Set(0, c.DType(0), Shape.Create([a[transA ? 1 : 0], b[transB ? 0 : 1]]));
    }

    public override void Batch(BatchContext c)
    {
        var rows = Side(c, 0, c.Attributes.Int("transA", 0) != 0 ? 1 : 0, 0);
        var columns = Side(c, 1, c.Attributes.Int("transB", 0) != 0 ? 0 : 1, 1);
        if (rows is not null && columns is not null)
            c.Mixes("both its operands have samples");
        var layout = rows ?? columns;
        if (c.Layout(2) is { } own && layout is not null && own.Axis + 2 - c.Shape(2).Rank != layout.Axis)
            c.Mixes("its third operand has the samples along another axis");
        c.Set(0, layout);
    }

    public override OpCost Cost(CostContext c) =>
        new(c.ResultElements * c.Shape(0)[c.Attributes.Int("transA", 0) != 0 ? 0 : 1] * 2, c.AllBytes);

    private static BatchLayout? Side(BatchContext c, int operand, int free, int resultAxis)
    {
        if (c.Layout(operand) is not { } layout)
            return null;
        if (layout.Axis != free)
            c.Mixes("it sums over the samples");
        return layout with { Axis = resultAxis };
    }
}
