namespace GraphPipe.Ops.Operators;

/// <summary>(dY, X) to dX of a max pool: all to the first maximum.</summary>
[Operator("grad.MaxPool")]
internal sealed class MaxPoolGradient : LikeSecondOperator;
