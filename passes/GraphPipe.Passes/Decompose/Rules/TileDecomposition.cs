using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>
/// Repeats with N in them, which the result's type says: an axis of length 1 is expanded, another one gets an axis for the repeats before it,
/// that is expanded, and both become one again.
/// </summary>
[Decomposition("Tile")]
internal sealed class TileDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        if (c.Op.Operands.Length > 1 || c.Op.Attributes.Has("repeats") || c.ResultType() is not { Shape: { } result } type)
            return null;
        var shape = c.ShapeOf(c.X);
        var split = new List<Dim>();
        var repeated = new List<Dim>();
        for (int i = 0; i < shape.Rank; i++)
        {
            if (shape[i] != result[i] && shape[i].Constant != 1)
            {
                if (result[i].DivideExactly(shape[i]) is not { } repeats)
                    return null;
                split.Add(Dim.One);
                repeated.Add(repeats);
            }

            split.Add(shape[i]);
            repeated.Add(shape[i].Constant == 1 ? result[i] : shape[i]);
        }

        var x = c.Emit.Reshape(c.X, Shape.Create([.. split]));
        return [c.Emit.Reshape(c.Emit.EmitTyped("Expand", [x], type with { Shape = Shape.Create([.. repeated]), Batch = null }), result)];
    }
}
