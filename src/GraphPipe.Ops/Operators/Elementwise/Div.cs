using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Div: quotient; whole numbers round towards zero.</summary>
[Operator("Div")]
internal sealed class Div : BinaryOperator
{
    protected override double Apply(double a, double b) => a / b;

    protected override long? Apply(long a, long b) => b == 0 ? null : a / b;

    protected override Dim? Apply(Dim a, Dim b) => b.Constant == 0 ? null : a.DivideExactly(b) ?? base.Apply(a, b);
}
