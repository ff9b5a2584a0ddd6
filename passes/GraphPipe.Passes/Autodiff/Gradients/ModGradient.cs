namespace GraphPipe.Passes.Gradients;

/// <summary>y = a − q·b with a whole number q, which is constant almost everywhere: dy = da − q db, q = (a − y)/b.</summary>
[Gradient("Mod")]
internal sealed class ModGradient : IGradient
{
    public void Build(GradientContext c)
    {
        if (c.Needs(0))
            c.SetSummed(0, c.DY);
        if (!c.Needs(1))
            return;
        var quotient = c.Emit.Emit("Round", [c.Emit.Emit("Div", [c.Emit.Emit("Sub", [c.X(0), c.Y()]), c.X(1)])]);
        c.SetSummed(1, c.Emit.Emit("Neg", [c.Emit.Emit("Mul", [c.DY, quotient])]));
    }
}
