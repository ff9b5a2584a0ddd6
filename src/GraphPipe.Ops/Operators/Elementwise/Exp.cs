using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Exp: exponential.</summary>
[Operator("Exp", since: 1)]
internal sealed class Exp : UnaryOperator
{
    protected override int FlopsPerElement => 8;

    protected override Func<double, double>? Function(Attributes attributes) => Math.Exp;
}
