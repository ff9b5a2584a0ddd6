using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Cosh: hyperbolic cosine.</summary>
[Operator("Cosh", since: 9)]
internal sealed class Cosh : UnaryOperator
{
    protected override int FlopsPerElement => 10;

    protected override Func<double, double>? Function(Attributes attributes) => Math.Cosh;
}
