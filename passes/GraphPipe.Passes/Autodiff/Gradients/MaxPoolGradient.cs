namespace GraphPipe.Passes.Gradients;

/// <summary>dY to the first maximum of each window.</summary>
[Gradient("MaxPool")]
internal sealed class MaxPoolGradient : IGradient
{
    public void Build(GradientContext c) => c.SetOp(0, "grad.MaxPool", c.DY, c.X());
}
