namespace GraphPipe.Passes.Gradients;

/// <summary>Slope below 0.</summary>
[Gradient("PRelu")]
internal sealed class PReluGradient : IGradient
{
    public void Build(GradientContext c)
    {
        if (c.Needs(0))
            c.Set(0, c.Emit.Emit("grad.PReluX", [c.DY, c.X(0), c.X(1)]));
        if (c.Needs(1))
            c.SetSummed(1, c.Emit.Emit("grad.PReluSlope", [c.DY, c.X(0)]));
    }
}
