using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Gradients;

/// <summary>dA = dY·Bᵀ, dB = Aᵀ·dY, summed over broadcast batch dimensions. Vectors count as matrices of one row or column.</summary>
[Gradient("MatMul")]
internal sealed class MatMulGradient : IGradient
{
    public void Build(GradientContext c)
    {
        var a = AsMatrix(c, c.X(0), isLeft: true);
        var b = AsMatrix(c, c.X(1), isLeft: false);
        var dy = c.DY;
        var left = c.ShapeOf(c.X(0));
        var right = c.ShapeOf(c.X(1));
        if (left.Rank == 1 || right.Rank == 1)
        {
            var y = c.ShapeOf(dy).ToList();
            if (left.Rank == 1)
                y.Insert(right.Rank == 1 ? y.Count : y.Count - 1, Dim.One);
            if (right.Rank == 1)
                y.Add(Dim.One);
            dy = c.Emit.Reshape(dy, Shape.Create([.. y]));
        }

        if (c.Needs(0))
            Set(c, 0, c.Emit.Emit("grad.MatMul", [dy, b], Attributes.Empty.With("transB", 1)), c.ShapeOf(a));
        if (c.Needs(1))
            Set(c, 1, c.Emit.Emit("grad.MatMul", [a, dy], Attributes.Empty.With("transA", 1)), c.ShapeOf(b));
    }

    private static ValueId AsMatrix(GradientContext c, ValueId x, bool isLeft)
    {
        var shape = c.ShapeOf(x);
        return shape.Rank > 1 ? x : c.Emit.Reshape(x, isLeft ? Shape.Create([Dim.One, shape[0]]) : Shape.Create([shape[0], Dim.One]));
    }

    private static void Set(GradientContext c, int operand, ValueId gradient, Shape matrix)
    {
        var summed = c.SumTo(gradient, c.TypeOf(c.X(operand)) with { Shape = matrix });
        c.Set(operand, c.Emit.Reshape(summed, c.ShapeOf(c.X(operand))));
    }
}
