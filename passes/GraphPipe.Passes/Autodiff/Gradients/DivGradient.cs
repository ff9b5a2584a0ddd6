namespace GraphPipe.Passes.Gradients;

/// <summary>d (a/b) = da/b − (a/b)·db/b.</summary>
[Gradient("Div")]
internal sealed class DivGradient : IGradient
{
    public void Build(GradientContext c)
    {
        if (c.Needs(0))
            c.SetSummed(0, c.Emit.Emit("Div", [c.DY, c.X(1)]));
        if (c.Needs(1))
            c.SetSummed(1, c.Emit.Emit("Neg", [c.Emit.Emit("Div", [c.Emit.Emit("Mul", [c.DY, c.Y()]), c.X(1)])]));
    }
}
