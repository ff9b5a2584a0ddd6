using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Gradients;

/// <summary>Sums dY [N,C,…] over all axes but the channels: the gradient of a bias per channel.</summary>
internal static class PerChannel
{
    public static ValueId Sum(GradientContext c, TensorType bias)
    {
        var shape = c.ShapeOf(c.DY);
        var stretched = Shape.Create([.. shape.Dims.Skip(1).Select((d, i) => i == 0 ? d : Dim.One)]);
        return c.Emit.Reshape(c.SumTo(c.DY, bias with { Shape = stretched }), bias.KnownShape);
    }
}
