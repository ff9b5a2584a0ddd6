namespace GraphPipe.Passes.Gradients;

/// <summary>d (−x) = −dx.</summary>
[Gradient("Neg")]
internal sealed class NegGradient : IGradient
{
    public void Build(GradientContext c) => c.Set(0, c.Emit.Emit("Neg", [c.DY]));
}
