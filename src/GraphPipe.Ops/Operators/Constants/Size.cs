using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Size: the number of elements.</summary>
[Operator("Size")]
internal sealed class Size : Operator
{
    public override void Infer(InferenceContext c)
    {
        c.Set(0, DType.I64, Shape.Scalar);
        if (c.Shape(0) is { } shape)
            c.SetContent(0, [shape.Elements]);
    }

    public override void Batch(BatchContext c)
    {
    }
}
