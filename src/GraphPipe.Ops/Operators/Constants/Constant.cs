using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Constant in all its attributes; a module constant at level core.</summary>
[Operator("Constant")]
internal sealed class Constant : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (Value(c.Attributes) is { } value)
            c.Set(0, value.Type, Shape.Of(value.Shape.AsSpan()));
    }

    public override ImmutableArray<TensorData>? Fold(FoldContext c) => Value(c.Attributes) is { } value ? [value] : null;

    private static TensorData? Value(Attributes attributes)
    {
        if (attributes["value"] is IrAttribute.Tensor tensor)
            return tensor.Value;
        if (attributes["value_float"] is AttributeValue.Float f)
            return TensorData.Floats([], f.Value);
        if (attributes["value_int"] is AttributeValue.Int i)
            return TensorData.Longs([], i.Value);
        if (attributes.Floats("value_floats") is { } floats)
            return TensorData.Floats([floats.Length], floats.AsSpan());
        return attributes.Ints("value_ints") is { } ints ? TensorData.Longs([ints.Length], ints.AsSpan()) : null;
    }
}
