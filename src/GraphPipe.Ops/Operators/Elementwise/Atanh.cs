using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Atanh: hyperbolic arc tangent.</summary>
[Operator("Atanh", since: 9)]
internal sealed class Atanh : UnaryOperator
{
    protected override int FlopsPerElement => 10;

    protected override Func<double, double>? Function(Attributes attributes) => Math.Atanh;
}
