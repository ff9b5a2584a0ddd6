using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>A cast to the same type is nothing; CastLike is a Cast.</summary>
[Decomposition("Cast")]
[Decomposition("CastLike")]
internal sealed class CastDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        var to = c.ResultType().Type;
        if (c.Emit.TypeOf(c.X).Type == to)
            return [c.X];
        return c.Op.Is("CastLike") ? [c.Emit.Emit("Cast", [c.X], Attributes.Empty.With("to", to.Text()))] : null;
    }
}
