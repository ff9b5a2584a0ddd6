namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Elu: x above 0, else α(exp(x) − 1).</summary>
[Operator("Elu", since: 1)]
internal sealed class Elu : UnaryOperator
{
    protected override int FlopsPerElement => 10;
}
