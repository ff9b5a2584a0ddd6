namespace GraphPipe.Ops.Operators;

/// <summary>Gradients of elementwise functions of one operand: (dY, X) or (dY, Y) to dX, see docs/core-ops.md.</summary>
[Operator("grad.Abs")]
[Operator("grad.Acos")]
[Operator("grad.Acosh")]
[Operator("grad.Asinh")]
[Operator("grad.Atanh")]
[Operator("grad.Asin")]
[Operator("grad.Atan")]
[Operator("grad.Celu")]
[Operator("grad.Clip")]
[Operator("grad.Cos")]
[Operator("grad.Cosh")]
[Operator("grad.Elu")]
[Operator("grad.Erf")]
[Operator("grad.Gelu")]
[Operator("grad.HardSigmoid")]
[Operator("grad.HardSwish")]
[Operator("grad.LeakyRelu")]
[Operator("grad.Mish")]
[Operator("grad.Relu")]
[Operator("grad.Selu")]
[Operator("grad.Shrink")]
[Operator("grad.Sigmoid")]
[Operator("grad.Sin")]
[Operator("grad.Sinh")]
[Operator("grad.Softplus")]
[Operator("grad.Softsign")]
[Operator("grad.Sqrt")]
[Operator("grad.Swish")]
[Operator("grad.Tan")]
[Operator("grad.Tanh")]
[Operator("grad.ThresholdedRelu")]
internal sealed class UnaryGradient : LikeFirstOperator
{
    public override bool IsElementwise => true;
}
