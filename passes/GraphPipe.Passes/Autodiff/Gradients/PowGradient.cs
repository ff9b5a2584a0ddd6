namespace GraphPipe.Passes.Gradients;

/// <summary>d xᵉ = e·xᵉ⁻¹ dx + xᵉ·log x de.</summary>
[Gradient("Pow")]
internal sealed class PowGradient : IGradient
{
    public void Build(GradientContext c)
    {
        if (c.Needs(0))
            c.SetSummed(0, c.Emit.Emit("grad.PowBase", [c.DY, c.X(0), c.X(1)]));
        if (c.Needs(1))
            c.SetSummed(1, c.Emit.Emit("grad.PowExponent", [c.DY, c.X(0), c.Y()]));
    }
}
