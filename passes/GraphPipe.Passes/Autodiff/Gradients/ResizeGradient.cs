namespace GraphPipe.Passes.Gradients;

/// <summary>dY to where it was taken from, with the same weights.</summary>
[Gradient("Resize")]
internal sealed class ResizeGradient : IGradient
{
    public void Build(GradientContext c) => c.SetOp(0, "grad.Resize", c.DY);
}
