using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>Instance normalisation of the groups, then scale and bias: per channel (opset 21) or per group (opset 18).</summary>
[Decomposition("GroupNormalization")]
internal sealed class GroupNormalizationDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        var shape = c.ShapeOf(c.X);
        long groups = c.Op.Attributes.Int("num_groups", 1);
        if (shape[1].Constant is not { } channels)
            return null;
        var perGroup = c.Emit.Reshape(c.X, Shape.Create([shape[0], groups, shape.Skip(2).Aggregate(Dim.Of(channels / groups), (a, b) => a * b)]));
        var ones = c.Emit.Builder.Constant(TensorData.Floats([groups], Enumerable.Repeat(1f, (int)groups).ToArray()), "ones");
        var zeros = c.Emit.Builder.Constant(TensorData.Floats([groups], new float[groups]), "zeros");
        var normal = c.Emit.EmitMany("InstanceNormalization", [perGroup, ones, zeros], Attributes.Empty.With("epsilon", c.Op.Attributes.Float("epsilon", 1e-5f)), 3)[0];
        bool byGroup = c.ShapeOf(c.Op.Operands[1]).Elements.Constant == groups && groups != channels;
        var spread = byGroup ? c.Emit.ShapeOf(normal) : shape;
        if (!byGroup)
            normal = c.Emit.Reshape(normal, shape);
        var affine = Shape.Create([.. spread.Dims.Skip(1).Select((d, i) => i == 0 ? d : Dim.One)]);
        var y = c.Emit.Emit("Mul", [normal, c.Emit.Reshape(c.Op.Operands[1], affine)]);
        y = c.Emit.Emit("Add", [y, c.Emit.Reshape(c.Op.Operands[2], affine)]);
        return [c.Emit.Reshape(y, shape)];
    }
}
