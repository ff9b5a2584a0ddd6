namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Gelu: Gaussian error linear unit, approximate none or tanh.</summary>
[Operator("Gelu", since: 20)]
internal sealed class Gelu : UnaryOperator
{
    protected override int FlopsPerElement => 20;
}
