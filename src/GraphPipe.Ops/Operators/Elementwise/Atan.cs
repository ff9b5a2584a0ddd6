using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Atan: arc tangent.</summary>
[Operator("Atan", since: 7)]
internal sealed class Atan : UnaryOperator
{
    protected override int FlopsPerElement => 10;

    protected override Func<double, double>? Function(Attributes attributes) => Math.Atan;
}
