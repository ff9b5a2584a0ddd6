namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Greater.</summary>
[Operator("Greater", since: 7)]
internal sealed class Greater : ComparisonOperator
{
    protected override bool Holds(double a, double b) => a > b;
}
