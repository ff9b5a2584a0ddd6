using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Ceil: rounding up.</summary>
[Operator("Ceil", since: 1)]
internal sealed class Ceil : UnaryOperator
{
    protected override Func<double, double>? Function(Attributes attributes) => Math.Ceiling;
}
