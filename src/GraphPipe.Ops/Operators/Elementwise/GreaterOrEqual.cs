namespace GraphPipe.Ops.Operators;

/// <summary>ONNX GreaterOrEqual.</summary>
[Operator("GreaterOrEqual", since: 12)]
internal sealed class GreaterOrEqual : ComparisonOperator
{
    protected override bool Holds(double a, double b) => a >= b;
}
