using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>A global pool is a reduction over the spatial axes.</summary>
[Decomposition("GlobalAveragePool")]
[Decomposition("GlobalMaxPool")]
internal sealed class GlobalPoolDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        ImmutableArray<long> axes = [.. Enumerable.Range(2, c.ShapeOf(c.X).Rank - 2).Select(i => (long)i)];
        return [c.Emit.Emit(c.Op.Is("GlobalMaxPool") ? "ReduceMax" : "ReduceMean", [c.X], Attributes.Empty.With("axes", axes).With("keepdims", 1))];
    }
}
