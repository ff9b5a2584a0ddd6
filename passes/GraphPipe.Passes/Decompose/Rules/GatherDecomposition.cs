using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>
/// Exporters write <c>x[arange(N), index]</c> as a Gather of rows of the flattened samples, at <c>number·length + index</c>: a GatherElements within
/// each sample.
/// </summary>
[Decomposition("Gather")]
internal sealed class GatherDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        var (shape, indices) = (c.ShapeOf(c.X), c.ShapeOf(c.Op.Operands[1]));
        if (c.Op.Attributes.Int("axis", 0) != 0 || shape[0].MultipleOf(Dim.BatchSymbol) is not { } length || indices.Rank == 0 || indices[0] != Dim.Batch)
            return null;
        if (c.ResultType().Shape is not { } result || SampleNumbers.Within(c, c.Op.Operands[1], length) is not { } within)
            return null;
        if (c.ShapeOf(within) != indices)
            within = c.Emit.EmitTyped("Expand", [within], c.Emit.TypeOf(within) with { Shape = indices, Batch = null });
        var rest = shape.Skip(1).Aggregate(Dim.One, (a, b) => a * b);
        var count = indices.Skip(1).Aggregate(Dim.One, (a, b) => a * b);
        within = c.Emit.Reshape(within, Shape.Create([Dim.Batch, count]));
        var tuples = new IndexTuples([Dim.Batch], length, rest, within);
        var picked = c.Emit.Emit("GatherElements", [c.Emit.Reshape(c.X, tuples.Data), tuples.Spread(c.Emit)], Attributes.Empty.With("axis", 1));
        return [c.Emit.Reshape(picked, result)];
    }
}
