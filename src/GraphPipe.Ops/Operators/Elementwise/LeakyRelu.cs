namespace GraphPipe.Ops.Operators;

/// <summary>ONNX LeakyRelu: x above 0, else αx.</summary>
[Operator("LeakyRelu", since: 1)]
internal sealed class LeakyRelu : UnaryOperator
{
    protected override int FlopsPerElement => 2;
}
