namespace GraphPipe.Passes.Gradients;

/// <summary>The gradient goes to the operand that was taken.</summary>
[Gradient("Where")]
internal sealed class WhereGradient : IGradient
{
    public void Build(GradientContext c)
    {
        var zero = c.Emit.Scalar(0);
        if (c.Needs(1))
            c.SetSummed(1, c.Emit.Emit("Where", [c.X(0), c.DY, zero]));
        if (c.Needs(2))
            c.SetSummed(2, c.Emit.Emit("Where", [c.X(0), zero, c.DY]));
    }
}
