using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Sub: difference.</summary>
[Operator("Sub")]
internal sealed class Sub : BinaryOperator
{
    protected override double Apply(double a, double b) => a - b;

    protected override long? Apply(long a, long b) => unchecked(a - b);

    protected override Dim? Apply(Dim a, Dim b) => a - b;
}
