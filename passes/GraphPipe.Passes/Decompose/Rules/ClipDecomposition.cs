using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>Bounds that are no constants: Max and Min.</summary>
[Decomposition("Clip")]
internal sealed class ClipDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        var x = c.X;
        if (!c.Has(1) && !c.Has(2) && c.Emit.TypeOf(x).Type == DType.F32)
            return null;
        if (c.Has(1))
            x = c.Emit.Emit("Max", [x, c.Op.Operands[1]]);
        else if (c.Op.Attributes.Has("min"))
            x = c.Emit.Emit("Max", [x, Bound(c, "min")]);
        if (c.Has(2))
            x = c.Emit.Emit("Min", [x, c.Op.Operands[2]]);
        else if (c.Op.Attributes.Has("max"))
            x = c.Emit.Emit("Min", [x, Bound(c, "max")]);
        return [x];
    }

    private static ValueId Bound(DecompositionContext c, string name)
    {
        float bound = c.Op.Attributes.Float(name, 0);
        return c.Emit.TypeOf(c.X).Type == DType.I64 ? c.Emit.Builder.Constant(TensorData.Longs([], (long)bound)) : c.Emit.Scalar(bound);
    }
}
