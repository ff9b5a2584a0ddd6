namespace GraphPipe.Ops.Operators;

/// <summary>ONNX HardSigmoid: max(0, min(1, αx + β)).</summary>
[Operator("HardSigmoid", since: 1)]
internal sealed class HardSigmoid : UnaryOperator
{
    protected override int FlopsPerElement => 3;
}
