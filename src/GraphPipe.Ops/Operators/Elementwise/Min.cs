using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Min: the smallest of the operands; two at level core.</summary>
[Operator("Min", since: 8)]
internal sealed class Min : BinaryOperator
{
    protected override double Apply(double a, double b) => Math.Min(a, b);

    protected override long? Apply(long a, long b) => Math.Min(a, b);

    public override ImmutableArray<TensorData>? Fold(FoldContext c) => c.OperandCount == 2 ? base.Fold(c) : null;
}
