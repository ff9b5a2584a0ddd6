using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Asinh: hyperbolic arc sine.</summary>
[Operator("Asinh", since: 9)]
internal sealed class Asinh : UnaryOperator
{
    protected override int FlopsPerElement => 10;

    protected override Func<double, double>? Function(Attributes attributes) => Math.Asinh;
}
