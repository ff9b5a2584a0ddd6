using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Cast. The type code in <c>to</c> is ONNX's; the importer has turned it into the text of ours.</summary>
[Operator("Cast")]
internal sealed class Cast : UnaryOperator
{
    public override void Infer(InferenceContext c)
    {
        if (!DTypes.TryParse(c.Attributes.Text("to", ""), out var type))
            c.Fail("it names no type");
        c.Set(0, type, c.Shape(0));
        if (type.IsInteger())
            c.SetContent(0, c.Content(0));
    }

    public override ImmutableArray<TensorData>? Fold(FoldContext c)
    {
        if (c.Operand(0) is not { } x || x.Count > ConstantMath.Limit || x.Type == DType.String)
            return null;
        var y = x.Type.IsInteger() || x.Type == DType.Bool
            ? ConstantMath.FromLongs(c.ResultType(0), x.Shape, x.ToLongs())
            : ConstantMath.Unary(x, c.ResultType(0), v => v);
        return y is null ? null : [y];
    }
}
