namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Less.</summary>
[Operator("Less", since: 7)]
internal sealed class Less : ComparisonOperator
{
    protected override bool Holds(double a, double b) => a < b;
}
