namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Softplus: log(1 + exp(x)).</summary>
[Operator("Softplus", since: 1)]
internal sealed class Softplus : UnaryOperator
{
    protected override int FlopsPerElement => 15;
}
