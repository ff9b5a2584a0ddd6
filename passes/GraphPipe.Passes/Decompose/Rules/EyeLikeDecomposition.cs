using System.Collections.Immutable;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes.Decompositions;

/// <summary>A constant, where the shape is fixed.</summary>
[Decomposition("EyeLike")]
internal sealed class EyeLikeDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c) =>
        c.ResultType().Shape is { Rank: 2 } shape && shape[0].Constant is { } rows && shape[1].Constant is { } columns
        && EyeMatrix.Of(c.ResultType().Type, rows, columns, c.Op.Attributes.Int("k", 0)) is { } matrix
            ? [c.Emit.Builder.Constant(matrix, "eye")]
            : null;
}
