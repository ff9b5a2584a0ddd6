using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Softsign: x/(1 + |x|).</summary>
[Operator("Softsign", since: 1)]
internal sealed class Softsign : UnaryOperator
{
    protected override int FlopsPerElement => 3;

    protected override Func<double, double>? Function(Attributes attributes) => x => x / (1 + Math.Abs(x));
}
