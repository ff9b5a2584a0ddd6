namespace GraphPipe.Passes.Gradients;

/// <summary>d (a·b) = b·da + a·db.</summary>
[Gradient("Mul")]
internal sealed class MulGradient : IGradient
{
    public void Build(GradientContext c)
    {
        if (c.Needs(0))
            c.SetSummed(0, c.Emit.Emit("Mul", [c.DY, c.X(1)]));
        if (c.Needs(1))
            c.SetSummed(1, c.Emit.Emit("Mul", [c.DY, c.X(0)]));
    }
}
