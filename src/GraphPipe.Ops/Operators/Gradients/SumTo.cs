namespace GraphPipe.Ops.Operators;

/// <summary>Sums dY over the dimensions along which an operand was broadcast; the result type says what remains.</summary>
[Operator("grad.SumTo")]
internal sealed class SumToGradient : StatedTypeOperator
{
    public override bool IsReduction => true;
}
