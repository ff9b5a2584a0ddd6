namespace GraphPipe.Passes.Gradients;

/// <summary>Gradients of a convolution for its input, its weights and its bias.</summary>
[Gradient("Conv")]
internal sealed class ConvGradient : IGradient
{
    public void Build(GradientContext c)
    {
        if (c.Needs(0))
            c.SetOp(0, "grad.ConvX", c.DY, c.X(1));
        if (c.Needs(1))
            c.SetOp(1, "grad.ConvW", c.DY, c.X(0));
        if (c.Needs(2))
            c.Set(2, PerChannel.Sum(c, c.TypeOf(c.X(2))));
    }
}
