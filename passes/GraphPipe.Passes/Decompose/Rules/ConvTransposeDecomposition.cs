using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes.Decompositions;

/// <summary>Every default of the window written out; the bias is an Add behind it.</summary>
[Decomposition("ConvTranspose")]
internal sealed class ConvTransposeDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        var (x, w) = (c.ShapeOf(c.X), c.ShapeOf(c.Op.Operands[1]));
        if (TransposedWindow.Of(c.Op.Attributes, x, w) is not { } window)
            return null;
        var y = c.Emit.Emit("ConvTranspose", [c.X, c.Op.Operands[1]], window.Resolved(c.Op.Attributes));
        if (!c.Has(2))
            return [y];
        var bias = c.Emit.Reshape(c.Op.Operands[2], Shape.Create([c.ShapeOf(y)[1], .. Enumerable.Repeat(Dim.One, x.Rank - 2)]));
        return [c.Emit.Emit("Add", [y, bias])];
    }
}
