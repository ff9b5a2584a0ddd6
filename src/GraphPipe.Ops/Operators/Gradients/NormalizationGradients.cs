namespace GraphPipe.Ops.Operators;

/// <summary>(dY, X, Scale, Mean, InvStdDev) to dX of the normalisations.</summary>
[Operator("grad.LayerNormalizationX")]
[Operator("grad.InstanceNormalizationX")]
internal sealed class NormalizationXGradient : LikeFirstOperator
{
    public override OpCost Cost(CostContext c) => new(c.ResultElements * 8, c.AllBytes);
}

/// <summary>(dY, X, Mean, InvStdDev) to dScale of the normalisations; the result type says its shape.</summary>
[Operator("grad.LayerNormalizationScale")]
[Operator("grad.InstanceNormalizationScale")]
internal sealed class NormalizationScaleGradient : StatedTypeOperator
{
    public override OpCost Cost(CostContext c) => new(c.Elements(c.Op.Operands[0]) * 4, c.AllBytes);
}
