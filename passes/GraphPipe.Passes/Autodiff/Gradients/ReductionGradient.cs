namespace GraphPipe.Passes.Gradients;

/// <summary>Reductions whose gradient needs the operand and the result.</summary>
[Gradient("ReduceMax")]
[Gradient("ReduceMin")]
[Gradient("ReduceProd")]
[Gradient("ReduceL1")]
[Gradient("ReduceL2")]
[Gradient("ReduceSumSquare")]
[Gradient("ReduceLogSum")]
[Gradient("ReduceLogSumExp")]
internal sealed class ReductionGradient : IGradient
{
    public void Build(GradientContext c) => c.SetOp(0, "grad." + c.Op.Name.Type, c.DY, c.X(), c.Y());
}
