using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Log: natural logarithm.</summary>
[Operator("Log", since: 1)]
internal sealed class Log : UnaryOperator
{
    protected override int FlopsPerElement => 8;

    protected override Func<double, double>? Function(Attributes attributes) => Math.Log;
}
