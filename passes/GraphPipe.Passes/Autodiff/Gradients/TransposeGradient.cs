using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Passes.Gradients;

/// <summary>The inverse permutation.</summary>
[Gradient("Transpose")]
internal sealed class TransposeGradient : IGradient
{
    public void Build(GradientContext c)
    {
        int rank = c.ShapeOf(c.X()).Rank;
        var perm = c.Attributes.Ints("perm") ?? [.. Enumerable.Range(0, rank).Select(i => (long)(rank - 1 - i))];
        ImmutableArray<long> inverse = [.. Enumerable.Range(0, rank).Select(i => (long)perm.IndexOf(i))];
        c.Set(0, c.Emit.Emit("Transpose", [c.DY], Attributes.Empty.With("perm", inverse)));
    }
}
