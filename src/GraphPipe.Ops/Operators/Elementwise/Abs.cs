using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Abs: |x|.</summary>
[Operator("Abs", since: 1)]
internal sealed class Abs : UnaryOperator
{
    protected override Func<double, double>? Function(Attributes attributes) => Math.Abs;
}
