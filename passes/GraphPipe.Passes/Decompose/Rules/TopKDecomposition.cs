using System.Collections.Immutable;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>Both results, and the axis: the gradient of the values needs the positions.</summary>
[Decomposition("TopK")]
internal sealed class TopKDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        long axis = c.Op.Attributes.Int("axis", -1);
        if (c.Op.Operands.Length > 1 || (c.Op.Results.Length == 2 && !c.Op.Results.Any(r => r.IsNone) && axis >= 0))
            return null;
        return c.Emit.EmitMany("TopK", [c.X], c.Op.Attributes.With("axis", axis < 0 ? axis + c.ShapeOf(c.X).Rank : axis), 2);
    }
}
