using System.Collections.Immutable;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>Expanding to the shape that is there is nothing.</summary>
[Decomposition("Expand")]
internal sealed class ExpandDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c) => c.Op.Operands.Length == 1 && c.ShapeOf(c.X) == c.ResultType().Shape ? [c.X] : null;
}
