using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>A Gather of rows of the flattened data; with axes in common, or where each sample picks from itself, a GatherElements.</summary>
[Decomposition("GatherND")]
internal sealed class GatherNDDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        if (c.ResultType().Shape is not { } result || IndexTuples.Of(c, c.X, c.Op.Operands[1], (int)c.Op.Attributes.Int("batch_dims", 0)) is not { } tuples)
            return null;
        var data = c.Emit.Reshape(c.X, tuples.Data);
        if (tuples.Indices.IsNone)
            return [c.Emit.Reshape(data, result)];
        var picked = tuples.Front.IsEmpty
            ? c.Emit.Emit("Gather", [data, tuples.Indices], Attributes.Empty.With("axis", 0))
            : c.Emit.Emit("GatherElements", [data, tuples.Spread(c.Emit)], Attributes.Empty.With("axis", tuples.Front.Length));
        return [c.Emit.Reshape(picked, result)];
    }
}
