namespace GraphPipe.Passes.Gradients;

/// <summary>From the saved mean and inverse standard deviation (Ba et al., arXiv 1607.06450).</summary>
[Gradient("LayerNormalization")]
internal sealed class LayerNormalizationGradient : IGradient
{
    public void Build(GradientContext c)
    {
        if (c.Needs(0))
            c.SetOp(0, "grad.LayerNormalizationX", c.DY, c.X(0), c.X(1), c.Y(1), c.Y(2));
        if (c.Needs(1))
            c.SetOp(1, "grad.LayerNormalizationScale", c.DY, c.X(0), c.Y(1), c.Y(2));
        if (c.Needs(2))
            c.SetSummed(2, c.DY);
    }
}
