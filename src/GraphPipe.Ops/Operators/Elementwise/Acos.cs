using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Acos: arc cosine.</summary>
[Operator("Acos", since: 7)]
internal sealed class Acos : UnaryOperator
{
    protected override int FlopsPerElement => 10;

    protected override Func<double, double>? Function(Attributes attributes) => Math.Acos;
}
