using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Not: logical negation.</summary>
[Operator("Not", since: 1)]
internal sealed class Not : UnaryOperator
{
    protected override Func<double, double>? Function(Attributes attributes) => x => x == 0 ? 1 : 0;
}
