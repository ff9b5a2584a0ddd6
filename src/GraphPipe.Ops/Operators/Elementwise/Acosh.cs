using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Acosh: hyperbolic arc cosine.</summary>
[Operator("Acosh", since: 9)]
internal sealed class Acosh : UnaryOperator
{
    protected override int FlopsPerElement => 10;

    protected override Func<double, double>? Function(Attributes attributes) => Math.Acosh;
}
