namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Or.</summary>
[Operator("Or", since: 7)]
internal sealed class Or : ComparisonOperator
{
    protected override bool Holds(double a, double b) => a != 0 || b != 0;
}
