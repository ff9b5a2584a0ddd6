using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>A constant with N in its shape is one element, expanded.</summary>
[Decomposition("ConstantOfShape")]
internal sealed class ConstantDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        if (c.ResultType() is not { Shape: not null } type || c.Op.Operands.Length > 0)
            return null;
        var value = c.Op.Attributes["value"] is IrAttribute.Tensor tensor ? tensor.Value.Reshaped([]) : TensorData.Floats([], 0f);
        return [c.Emit.EmitTyped("Expand", [c.Emit.Builder.Constant(value)], type)];
    }
}
