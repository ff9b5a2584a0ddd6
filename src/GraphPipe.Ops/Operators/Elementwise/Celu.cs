namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Celu: max(0, x) + min(0, α(exp(x/α) − 1)).</summary>
[Operator("Celu", since: 12)]
internal sealed class Celu : UnaryOperator
{
    protected override int FlopsPerElement => 10;
}
