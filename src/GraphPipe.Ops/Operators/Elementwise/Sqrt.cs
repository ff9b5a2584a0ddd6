using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Sqrt: square root.</summary>
[Operator("Sqrt", since: 1)]
internal sealed class Sqrt : UnaryOperator
{
    protected override int FlopsPerElement => 4;

    protected override Func<double, double>? Function(Attributes attributes) => Math.Sqrt;
}
