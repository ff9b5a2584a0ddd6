using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Sigmoid: 1/(1 + exp(−x)).</summary>
[Operator("Sigmoid", since: 1)]
internal sealed class Sigmoid : UnaryOperator
{
    protected override int FlopsPerElement => 10;

    protected override Func<double, double>? Function(Attributes attributes) => x => 1 / (1 + Math.Exp(-x));
}
