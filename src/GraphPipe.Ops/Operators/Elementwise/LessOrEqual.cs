namespace GraphPipe.Ops.Operators;

/// <summary>ONNX LessOrEqual.</summary>
[Operator("LessOrEqual", since: 12)]
internal sealed class LessOrEqual : ComparisonOperator
{
    protected override bool Holds(double a, double b) => a <= b;
}
