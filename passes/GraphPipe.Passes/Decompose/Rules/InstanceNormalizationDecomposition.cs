using System.Collections.Immutable;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>Gets mean and inverse standard deviation as further results, for the backward.</summary>
[Decomposition("InstanceNormalization")]
internal sealed class InstanceNormalizationDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c) =>
        c.Op.Results.Length > 1 ? null : c.Emit.EmitMany("InstanceNormalization", c.Op.Operands.AsSpan(), c.Op.Attributes, 3, c.Emit.Builder[c.Op.Result].Name);
}
