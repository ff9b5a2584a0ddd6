using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Asin: arc sine.</summary>
[Operator("Asin", since: 7)]
internal sealed class Asin : UnaryOperator
{
    protected override int FlopsPerElement => 10;

    protected override Func<double, double>? Function(Attributes attributes) => Math.Asin;
}
