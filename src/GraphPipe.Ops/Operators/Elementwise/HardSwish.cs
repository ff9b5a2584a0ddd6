namespace GraphPipe.Ops.Operators;

/// <summary>ONNX HardSwish: x·max(0, min(1, x/6 + 1/2)).</summary>
[Operator("HardSwish", since: 14)]
internal sealed class HardSwish : UnaryOperator
{
    protected override int FlopsPerElement => 4;
}
