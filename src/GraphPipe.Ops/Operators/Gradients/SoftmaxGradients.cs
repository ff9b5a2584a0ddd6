namespace GraphPipe.Ops.Operators;

/// <summary>(dY, Y) to dX of Softmax and LogSoftmax; CumSum's gradient (dY) is a CumSum the other way.</summary>
[Operator("grad.Softmax")]
[Operator("grad.LogSoftmax")]
[Operator("grad.CumSum")]
internal sealed class SoftmaxGradient : LikeFirstOperator;
