namespace GraphPipe.Passes.Gradients;

/// <summary>d log(x) = dx / x.</summary>
[Gradient("Log")]
internal sealed class LogGradient : IGradient
{
    public void Build(GradientContext c) => c.Set(0, c.Emit.Emit("Div", [c.DY, c.X()]));
}
