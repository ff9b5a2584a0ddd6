using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Max: the largest of the operands; two at level core.</summary>
[Operator("Max", since: 8)]
internal sealed class Max : BinaryOperator
{
    protected override double Apply(double a, double b) => Math.Max(a, b);

    protected override long? Apply(long a, long b) => Math.Max(a, b);

    public override ImmutableArray<TensorData>? Fold(FoldContext c) => c.OperandCount == 2 ? base.Fold(c) : null;
}
