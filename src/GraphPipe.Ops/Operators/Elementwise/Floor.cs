using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Floor: rounding down.</summary>
[Operator("Floor", since: 1)]
internal sealed class Floor : UnaryOperator
{
    protected override Func<double, double>? Function(Attributes attributes) => Math.Floor;
}
