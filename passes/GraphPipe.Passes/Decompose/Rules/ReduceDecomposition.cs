using System.Collections.Immutable;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>Without axes a reduction is nothing.</summary>
[Decomposition("ReduceSum")]
[Decomposition("ReduceMean")]
[Decomposition("ReduceMax")]
[Decomposition("ReduceMin")]
internal sealed class ReduceDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c) => c.Op.Operands.Length == 1 && c.Op.Attributes.Ints("axes") is { IsEmpty: true } ? [c.X] : null;
}
