using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes.Decompositions;

/// <summary>
/// A global average is a mean over the spatial axes; a global maximum is a pool of one window, so that of equal maxima the first gets the gradient,
/// as in PyTorch. Without fixed spatial sizes it is a ReduceMax.
/// </summary>
[Decomposition("GlobalAveragePool")]
[Decomposition("GlobalMaxPool")]
internal sealed class GlobalPoolDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        var shape = c.ShapeOf(c.X);
        bool isMax = c.Op.Is("GlobalMaxPool");
        if (isMax && shape.Rank is >= 3 and <= 5 && shape.Skip(2).All(d => d.IsConstant))
            return [c.Emit.Emit("MaxPool", [c.X], OneWindow([.. shape.Skip(2).Select(d => d.Constant!.Value)]))];
        ImmutableArray<long> axes = [.. Enumerable.Range(2, shape.Rank - 2).Select(i => (long)i)];
        return [c.Emit.Emit(isMax ? "ReduceMax" : "ReduceMean", [c.X], Attributes.Empty.With("axes", axes).With("keepdims", 1))];
    }

    private static Attributes OneWindow(ImmutableArray<long> size)
    {
        ImmutableArray<long> ones = [.. size.Select(_ => 1L)];
        return new SpatialWindow(size, ones, ones, [.. size.Concat(size).Select(_ => 0L)], CeilMode: false).Resolved(Attributes.Empty);
    }
}
