namespace GraphPipe.Ops.Operators;

/// <summary>Gradients of elementwise operators of two operands, of dY's shape; grad.SumTo follows where an operand was broadcast.</summary>
[Operator("grad.Max")]
[Operator("grad.Min")]
[Operator("grad.PowBase")]
[Operator("grad.PowExponent")]
[Operator("grad.PReluX")]
[Operator("grad.PReluSlope")]
internal sealed class BinaryGradient : LikeFirstOperator
{
    public override bool IsElementwise => true;
}
