using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Reciprocal: 1/x.</summary>
[Operator("Reciprocal", since: 1)]
internal sealed class Reciprocal : UnaryOperator
{
    protected override Func<double, double>? Function(Attributes attributes) => x => 1 / x;
}
