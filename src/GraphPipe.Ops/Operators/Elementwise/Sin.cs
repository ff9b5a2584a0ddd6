using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Sin: sine.</summary>
[Operator("Sin", since: 7)]
internal sealed class Sin : UnaryOperator
{
    protected override int FlopsPerElement => 10;

    protected override Func<double, double>? Function(Attributes attributes) => Math.Sin;
}
