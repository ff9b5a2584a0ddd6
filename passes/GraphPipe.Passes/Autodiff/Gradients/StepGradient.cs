namespace GraphPipe.Passes.Gradients;

/// <summary>Functions that are flat almost everywhere: no gradient flows.</summary>
[Gradient("Ceil")]
[Gradient("Floor")]
[Gradient("Round")]
[Gradient("Sign")]
internal sealed class StepGradient : IGradient
{
    public void Build(GradientContext c)
    {
    }
}
