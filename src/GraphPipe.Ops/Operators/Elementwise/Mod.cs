using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Mod: remainder, with the sign of the divisor (fmod: of the dividend).</summary>
[Operator("Mod")]
internal sealed class Mod : BinaryOperator
{
    protected override double Apply(double a, double b) => a - (b * Math.Floor(a / b));

    protected override long? Apply(long a, long b) => b == 0 ? null : ((a % b) + b) % b;

    // fmod has another rule than the one above.
    public override ImmutableArray<TensorData>? Fold(FoldContext c) => c.Attributes.Int("fmod", 0) != 0 ? null : base.Fold(c);
}
