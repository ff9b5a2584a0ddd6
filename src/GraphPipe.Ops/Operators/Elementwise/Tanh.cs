using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Tanh: hyperbolic tangent.</summary>
[Operator("Tanh", since: 1)]
internal sealed class Tanh : UnaryOperator
{
    protected override int FlopsPerElement => 10;

    protected override Func<double, double>? Function(Attributes attributes) => Math.Tanh;
}
