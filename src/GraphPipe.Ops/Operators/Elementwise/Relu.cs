using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Relu: max(x, 0).</summary>
[Operator("Relu", since: 1)]
internal sealed class Relu : UnaryOperator
{
    protected override Func<double, double>? Function(Attributes attributes) => x => Math.Max(x, 0);
}
