namespace GraphPipe.Passes.Gradients;

/// <summary>Back to the operand's type, which <see cref="GradientContext.Set"/> sees to.</summary>
[Gradient("Cast")]
internal sealed class CastGradient : IGradient
{
    public void Build(GradientContext c) => c.Set(0, c.DY);
}
