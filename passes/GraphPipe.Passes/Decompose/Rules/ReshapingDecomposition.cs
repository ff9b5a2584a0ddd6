using System.Collections.Immutable;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>Squeeze, Unsqueeze and Flatten are Reshape; a Reshape to the same shape is nothing.</summary>
[Decomposition("Reshape")]
[Decomposition("Squeeze")]
[Decomposition("Unsqueeze")]
[Decomposition("Flatten")]
internal sealed class ReshapingDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        var shape = c.ResultType().Shape;
        if (shape is null || (c.Op.Is("Reshape") && c.Op.Operands.Length > 1))
            return null;
        return [c.Emit.Reshape(c.X, shape)];
    }
}
