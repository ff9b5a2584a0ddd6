namespace GraphPipe.Passes.Gradients;

/// <summary>The same elements under the old shape.</summary>
[Gradient("Reshape")]
internal sealed class ReshapeGradient : IGradient
{
    public void Build(GradientContext c) => c.Set(0, c.Emit.Reshape(c.DY, c.ShapeOf(c.X())));
}
