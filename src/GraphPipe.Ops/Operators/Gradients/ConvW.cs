using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>(dY, X) to dW of a convolution.</summary>
[Operator("grad.ConvW")]
internal sealed class ConvWGradient : StatedTypeOperator
{
    public override OpCost Cost(CostContext c) => new(c.ResultShape(0).Dims.Skip(1).Aggregate(c.Elements(c.Op.Operands[0]) * 2, (a, b) => a * b), c.AllBytes);

    // As for the forward: one image's columns.
    public override Dim Workspace(CostContext c) =>
        c.ResultShape(0).Dims.Skip(1).Concat(c.Shape(0).Dims.Skip(2)).Aggregate(Dim.Of(4), (a, b) => a * b);
}
