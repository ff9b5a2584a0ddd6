namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Selu: γx above 0, else γα(exp(x) − 1).</summary>
[Operator("Selu", since: 1)]
internal sealed class Selu : UnaryOperator
{
    protected override int FlopsPerElement => 10;
}
