namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Pow: power.</summary>
[Operator("Pow")]
internal sealed class Pow : BinaryOperator
{
    protected override double Apply(double a, double b) => Math.Pow(a, b);

    protected override long? Apply(long a, long b) => b < 0 ? null : (long)Math.Pow(a, b);
}
