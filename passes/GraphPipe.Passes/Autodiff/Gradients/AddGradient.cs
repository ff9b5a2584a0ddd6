namespace GraphPipe.Passes.Gradients;

/// <summary>d (a + b) = da + db.</summary>
[Gradient("Add")]
internal sealed class AddGradient : IGradient
{
    public void Build(GradientContext c)
    {
        for (int i = 0; i < 2; i++)
        {
            if (c.Needs(i))
                c.SetSummed(i, c.DY);
        }
    }
}
