namespace GraphPipe.Passes.Gradients;

/// <summary>d (1/x) = −dx / x².</summary>
[Gradient("Reciprocal")]
internal sealed class ReciprocalGradient : IGradient
{
    public void Build(GradientContext c) => c.Set(0, c.Emit.Emit("Neg", [c.Emit.Emit("Mul", [c.DY, c.Emit.Emit("Mul", [c.Y(), c.Y()])])]));
}
