namespace GraphPipe.Ops.Operators;

/// <summary>ONNX PRelu: x above 0, else slope·x; the slope broadcasts to x.</summary>
[Operator("PRelu", since: 7)]
internal sealed class PRelu : ElementwiseOperator
{
    public override void Infer(InferenceContext c) => c.Set(0, c.DType(0), c.Shape(0));
}
