using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Add: sum.</summary>
[Operator("Add")]
internal sealed class Add : BinaryOperator
{
    protected override double Apply(double a, double b) => a + b;

    protected override long? Apply(long a, long b) => unchecked(a + b);

    protected override Dim? Apply(Dim a, Dim b) => a + b;
}
