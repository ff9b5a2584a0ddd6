using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Sinh: hyperbolic sine.</summary>
[Operator("Sinh", since: 9)]
internal sealed class Sinh : UnaryOperator
{
    protected override int FlopsPerElement => 10;

    protected override Func<double, double>? Function(Attributes attributes) => Math.Sinh;
}
