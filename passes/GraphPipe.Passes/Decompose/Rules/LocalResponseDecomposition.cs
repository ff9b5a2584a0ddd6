using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes.Decompositions;

/// <summary>LRN: x / (bias + alpha·m)^beta, where m is the mean of x² over <c>size</c> channels, those outside counted as 0: an AveragePool over the channels.</summary>
[Decomposition("LRN")]
internal sealed class LocalResponseDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        var shape = c.ShapeOf(c.X);
        long size = c.Op.Attributes.Int("size", 1);
        if (shape.Rank < 2 || c.Emit.TypeOf(c.X).Type != DType.F32)
            return null;
        var squares = c.Emit.Reshape(c.Emit.Emit("Mul", [c.X, c.X]), Shape.Create([shape[0], Dim.One, shape[1], shape.Skip(2).Aggregate(Dim.One, (a, b) => a * b)]));
        var window = new SpatialWindow([size, 1], [1, 1], [1, 1], [(size - 1) / 2, 0, size / 2, 0], CeilMode: false);
        var mean = c.Emit.Reshape(c.Emit.Emit("AveragePool", [squares], window.Resolved(Attributes.Empty).With("count_include_pad", 1)), shape);
        var scaled = c.Emit.Emit("Add", [c.Emit.Emit("Mul", [mean, c.Emit.Scalar(c.Op.Attributes.Float("alpha", 1e-4f))]), c.Emit.Scalar(c.Op.Attributes.Float("bias", 1))]);
        return [c.Emit.Emit("Div", [c.X, c.Emit.Emit("Pow", [scaled, c.Emit.Scalar(c.Op.Attributes.Float("beta", 0.75f))])])];
    }
}
