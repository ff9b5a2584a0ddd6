namespace GraphPipe.Passes.Gradients;

/// <summary>dY spread over each window.</summary>
[Gradient("AveragePool")]
internal sealed class AveragePoolGradient : IGradient
{
    public void Build(GradientContext c) => c.SetOp(0, "grad.AveragePool", c.DY);
}
