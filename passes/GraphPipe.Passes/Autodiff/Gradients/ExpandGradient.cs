namespace GraphPipe.Passes.Gradients;

/// <summary>Sums over what was expanded.</summary>
[Gradient("Expand")]
internal sealed class ExpandGradient : IGradient
{
    public void Build(GradientContext c) => c.SetSummed(0, c.DY);
}
