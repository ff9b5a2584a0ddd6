using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Dropout; gone at level core outside training mode.</summary>
[Operator("Dropout")]
internal sealed class Dropout : Operator
{
    public override void Infer(InferenceContext c)
    {
        c.Set(0, c.DType(0), c.Shape(0));
        c.Set(1, DType.Bool, c.Shape(0));
    }

    public override void Batch(BatchContext c) => c.SetAll(c.Layout(0));
}
