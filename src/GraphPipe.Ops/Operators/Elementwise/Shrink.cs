namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Shrink: soft or hard shrinking with lambd and bias.</summary>
[Operator("Shrink", since: 9)]
internal sealed class Shrink : UnaryOperator
{
    protected override int FlopsPerElement => 2;
}
