namespace GraphPipe.Passes.Gradients;

/// <summary>d (a − b) = da − db.</summary>
[Gradient("Sub")]
internal sealed class SubGradient : IGradient
{
    public void Build(GradientContext c)
    {
        if (c.Needs(0))
            c.SetSummed(0, c.DY);
        if (c.Needs(1))
            c.SetSummed(1, c.Emit.Emit("Neg", [c.SumTo(c.DY, c.TypeOf(c.X(1)))]));
    }
}
