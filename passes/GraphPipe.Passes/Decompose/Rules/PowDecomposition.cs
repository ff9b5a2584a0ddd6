using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>ONNX lets the exponent have a type of its own; here it gets the base's.</summary>
[Decomposition("Pow")]
internal sealed class PowDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        var (type, exponent) = (c.Emit.TypeOf(c.X).Type, c.Op.Operands[1]);
        if (c.Emit.TypeOf(exponent).Type == type)
            return null;
        var converted = type == DType.F32 && c.Constant(exponent) is { Count: 1 } constant
            ? c.Emit.Builder.Constant(TensorData.Floats(constant.Shape, (float)constant.DoubleAt(0)), "exponent")
            : c.Emit.Emit("Cast", [exponent], Attributes.Empty.With("to", type.Text()));
        return [c.Emit.Emit("Pow", [c.X, converted])];
    }
}
