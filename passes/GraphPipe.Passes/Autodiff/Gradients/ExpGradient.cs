namespace GraphPipe.Passes.Gradients;

/// <summary>d exp(x) = exp(x) dx.</summary>
[Gradient("Exp")]
internal sealed class ExpGradient : IGradient
{
    public void Build(GradientContext c) => c.Set(0, c.Emit.Emit("Mul", [c.DY, c.Y()]));
}
