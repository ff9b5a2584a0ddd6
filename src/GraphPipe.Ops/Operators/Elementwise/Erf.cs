namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Erf: the error function.</summary>
[Operator("Erf", since: 9)]
internal sealed class Erf : UnaryOperator
{
    protected override int FlopsPerElement => 15;
}
