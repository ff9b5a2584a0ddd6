using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>Loss heads: (output, target, scale) to the micro-batch's share of the loss, a scalar. Summing over samples is what they are for.</summary>
[Operator("train.LossCrossEntropy")]
[Operator("train.LossMse")]
internal sealed class LossHead : Operator
{
    public override void Infer(InferenceContext c) => c.Set(0, DType.F32, Shape.Scalar);

    public override void Batch(BatchContext c)
    {
    }

    public override OpCost Cost(CostContext c) => new(c.Elements(c.Op.Operands[0]) * 10, c.AllBytes);
}

/// <summary>The heads' gradients with respect to the output.</summary>
[Operator("grad.LossCrossEntropy")]
[Operator("grad.LossMse")]
internal sealed class LossHeadGradient : LikeFirstOperator
{
    public override OpCost Cost(CostContext c) => new(c.ResultElements * 10, c.AllBytes);
}
