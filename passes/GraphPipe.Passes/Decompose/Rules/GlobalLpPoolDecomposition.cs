using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>The norm over the spatial axes.</summary>
[Decomposition("GlobalLpPool")]
internal sealed class GlobalLpPoolDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        int rank = c.ShapeOf(c.X).Rank;
        long p = c.Op.Attributes.Int("p", 2);
        if (c.Emit.TypeOf(c.X).Type != DType.F32 || p < 1)
            return null;
        ImmutableArray<long> axes = [.. Enumerable.Range(2, rank - 2).Select(i => (long)i)];
        var attributes = Attributes.Empty.With("axes", axes).With("keepdims", 1);
        if (p <= 2)
            return [c.Emit.Emit(p == 1 ? "ReduceL1" : "ReduceL2", [c.X], attributes)];
        var powers = c.Emit.Emit("Pow", [c.Emit.Emit("Abs", [c.X]), c.Emit.Scalar(p)]);
        return [c.Emit.Emit("Pow", [c.Emit.Emit("ReduceSum", [powers], attributes), c.Emit.Scalar(1f / p)])];
    }
}
