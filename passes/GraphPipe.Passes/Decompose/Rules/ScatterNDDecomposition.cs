using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>ScatterND is a ScatterElements of the flattened data (<see cref="IndexTuples"/>).</summary>
[Decomposition("ScatterND")]
internal sealed class ScatterNDDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        if (IndexTuples.Of(c, c.X, c.Op.Operands[1], front: 0) is not { } tuples || tuples.Indices.IsNone)
            return null;
        var indices = tuples.Spread(c.Emit);
        var attributes = Attributes.Empty.With("axis", tuples.Front.Length).With("reduction", c.Op.Attributes.Text("reduction", "none"));
        var updates = c.Emit.Reshape(c.Op.Operands[2], c.ShapeOf(indices));
        var scattered = c.Emit.Emit("ScatterElements", [c.Emit.Reshape(c.X, tuples.Data), indices, updates], attributes);
        return [c.Emit.Reshape(scattered, c.ShapeOf(c.X))];
    }
}
