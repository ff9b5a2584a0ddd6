using System.Collections.Immutable;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>A slice of everything is nothing.</summary>
[Decomposition("Slice")]
internal sealed class SliceDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c) => c.Op.Attributes.Ints("axes") is { IsEmpty: true } && c.Op.Operands.Length == 1 ? [c.X] : null;
}
