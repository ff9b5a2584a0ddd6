using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>The axes of the blocks apart, then moved to where they belong, then merged.</summary>
[Decomposition("DepthToSpace")]
[Decomposition("SpaceToDepth")]
internal sealed class DepthToSpaceDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        if (c.ResultType().Shape is not { } result)
            return null;
        var (x, block) = (c.ShapeOf(c.X), Dim.Of(c.Op.Attributes.Int("blocksize", 1)));
        if (c.Op.Is("SpaceToDepth"))
            return [Moved(c, [x[0], x[1], result[2], block, result[3], block], [0, 3, 5, 1, 2, 4], result)];
        return c.Op.Attributes.Text("mode", "DCR") == "CRD"
            ? [Moved(c, [x[0], result[1], block, block, x[2], x[3]], [0, 1, 4, 2, 5, 3], result)]
            : [Moved(c, [x[0], block, block, result[1], x[2], x[3]], [0, 3, 4, 1, 5, 2], result)];
    }

    private static ValueId Moved(DecompositionContext c, Dim[] apart, ImmutableArray<long> perm, Shape result)
    {
        var blocks = c.Emit.Reshape(c.X, Shape.Create(apart));
        return c.Emit.Reshape(c.Emit.Emit("Transpose", [blocks], Attributes.Empty.With("perm", perm)), result);
    }
}
