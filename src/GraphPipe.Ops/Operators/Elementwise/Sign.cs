using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Sign: sign.</summary>
[Operator("Sign", since: 9)]
internal sealed class Sign : UnaryOperator
{
    protected override Func<double, double>? Function(Attributes attributes) => x => Math.Sign(x);
}
