using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes.Decompositions;

/// <summary>Writes out every default of a convolution's or pool's window, and auto_pad as pads.</summary>
[Decomposition("Conv")]
[Decomposition("AveragePool")]
[Decomposition("MaxPool")]
internal sealed class WindowDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        var shape = c.ShapeOf(c.X);
        var context = new InferenceContext(c.Op, [], () => Dim.Zero);
        return SpatialWindow.Of(context, shape, c.Op.Is("Conv") ? c.ShapeOf(c.Op.Operands[1]) : null) is { } window ? c.With(window.Resolved(c.Op.Attributes)) : null;
    }
}
