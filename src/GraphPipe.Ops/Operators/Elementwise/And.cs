namespace GraphPipe.Ops.Operators;

/// <summary>ONNX And.</summary>
[Operator("And", since: 7)]
internal sealed class And : ComparisonOperator
{
    protected override bool Holds(double a, double b) => a != 0 && b != 0;
}
