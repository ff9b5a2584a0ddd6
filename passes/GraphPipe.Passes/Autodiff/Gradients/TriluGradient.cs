namespace GraphPipe.Passes.Gradients;

/// <summary>The same triangle.</summary>
[Gradient("Trilu")]
internal sealed class TriluGradient : IGradient
{
    public void Build(GradientContext c) => c.Set(0, c.Emit.Emit("Trilu", [c.DY], c.Attributes));
}
