namespace GraphPipe.Ops.Operators;

/// <summary>The explicit sum of contributions to one gradient, from the left.</summary>
[Operator("grad.Sum")]
internal sealed class SumGradient : LikeFirstOperator
{
    public override bool IsElementwise => true;
}
