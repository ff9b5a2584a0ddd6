namespace GraphPipe.Ops.Operators;

/// <summary>Gradients of reductions from (dY, X, Y) to dX.</summary>
[Operator("grad.ReduceL1")]
[Operator("grad.ReduceL2")]
[Operator("grad.ReduceLogSum")]
[Operator("grad.ReduceLogSumExp")]
[Operator("grad.ReduceMax")]
[Operator("grad.ReduceMin")]
[Operator("grad.ReduceProd")]
[Operator("grad.ReduceSumSquare")]
internal sealed class ReductionGradient : LikeSecondOperator;
