using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Round: rounding to the nearest, halves to even.</summary>
[Operator("Round", since: 11)]
internal sealed class Round : UnaryOperator
{
    protected override Func<double, double>? Function(Attributes attributes) => x => Math.Round(x, MidpointRounding.ToEven);
}
