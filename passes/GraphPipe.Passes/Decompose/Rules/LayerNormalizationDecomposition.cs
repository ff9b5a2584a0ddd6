using System.Collections.Immutable;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>Gets mean and inverse standard deviation as results where the model does not name them, for the backward.</summary>
[Decomposition("LayerNormalization")]
internal sealed class LayerNormalizationDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        if (c.Op.Results is [_, { IsNone: false }, { IsNone: false }])
            return null;
        var results = c.Emit.EmitMany("LayerNormalization", c.Op.Operands.AsSpan(), c.Op.Attributes.Without("stash_type"), 3, c.Emit.Builder[c.Op.Result].Name);
        return [.. results.Take(c.Op.Results.Length)];
    }
}
