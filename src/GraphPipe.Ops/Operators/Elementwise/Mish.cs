namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Mish: x·tanh(softplus(x)).</summary>
[Operator("Mish", since: 18)]
internal sealed class Mish : UnaryOperator
{
    protected override int FlopsPerElement => 20;
}
