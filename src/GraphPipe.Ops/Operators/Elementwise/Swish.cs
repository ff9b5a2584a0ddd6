namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Swish: x·sigmoid(αx).</summary>
[Operator("Swish", since: 24)]
internal sealed class Swish : UnaryOperator
{
    protected override int FlopsPerElement => 10;
}
