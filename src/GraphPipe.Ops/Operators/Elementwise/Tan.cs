using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Tan: tangent.</summary>
[Operator("Tan", since: 7)]
internal sealed class Tan : UnaryOperator
{
    protected override int FlopsPerElement => 10;

    protected override Func<double, double>? Function(Attributes attributes) => Math.Tan;
}
