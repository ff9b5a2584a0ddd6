namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Xor.</summary>
[Operator("Xor", since: 7)]
internal sealed class Xor : ComparisonOperator
{
    protected override bool Holds(double a, double b) => (a != 0) != (b != 0);
}
