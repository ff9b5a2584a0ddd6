using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>In inference form: (x − mean) · scale / sqrt(var + ε) + bias, per channel.</summary>
[Decomposition("BatchNormalization")]
internal sealed class BatchNormalizationDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        if (c.Op.Attributes.Int("training_mode", 0) != 0)
            return null;
        var shape = c.ShapeOf(c.X);
        var perChannel = Shape.Create([.. shape.Dims.Skip(1).Select((d, i) => i == 0 ? d : Dim.One)]);
        ValueId Channel(int operand) => c.Emit.Reshape(c.Op.Operands[operand], perChannel);
        var deviation = c.Emit.Emit("Sqrt", [c.Emit.Emit("Add", [Channel(4), c.Emit.Scalar(c.Op.Attributes.Float("epsilon", 1e-5f))])]);
        var factor = c.Emit.Emit("Div", [Channel(1), deviation]);
        var centred = c.Emit.Emit("Sub", [c.X, Channel(3)]);
        return [c.Emit.Emit("Add", [c.Emit.Emit("Mul", [centred, factor]), Channel(2)])];
    }
}
