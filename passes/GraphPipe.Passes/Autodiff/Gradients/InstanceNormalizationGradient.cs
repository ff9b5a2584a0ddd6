namespace GraphPipe.Passes.Gradients;

/// <summary>Per sample and channel, from the saved mean and inverse standard deviation.</summary>
[Gradient("InstanceNormalization")]
internal sealed class InstanceNormalizationGradient : IGradient
{
    public void Build(GradientContext c)
    {
        if (c.Needs(0))
            c.SetOp(0, "grad.InstanceNormalizationX", c.DY, c.X(0), c.X(1), c.Y(1), c.Y(2));
        if (c.Needs(1))
            c.SetOp(1, "grad.InstanceNormalizationScale", c.DY, c.X(0), c.Y(1), c.Y(2));
        if (c.Needs(2))
            c.Set(2, PerChannel.Sum(c, c.TypeOf(c.X(2))));
    }
}
