using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>MeanVarianceNormalization: (x − mean) / (deviation + 1e-9) over axes that, by default, include the samples'.</summary>
[Decomposition("MeanVarianceNormalization")]
internal sealed class MeanVarianceDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        int rank = c.ShapeOf(c.X).Rank;
        if (c.Emit.TypeOf(c.X).Type != DType.F32)
            return null;
        ImmutableArray<long> axes = [.. (c.Op.Attributes.Ints("axes") ?? [0, 2, 3]).Select(a => a < 0 ? a + rank : a).Order()];
        var over = Attributes.Empty.With("axes", axes).With("keepdims", 1);
        var centred = c.Emit.Emit("Sub", [c.X, c.Emit.Emit("ReduceMean", [c.X], over)]);
        var variance = c.Emit.Emit("ReduceMean", [c.Emit.Emit("Mul", [centred, centred])], over);
        return [c.Emit.Emit("Div", [centred, c.Emit.Emit("Add", [c.Emit.Emit("Sqrt", [variance]), c.Emit.Scalar(1e-9f)])])];
    }
}
