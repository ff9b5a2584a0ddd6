namespace GraphPipe.Passes.Gradients;

/// <summary>dY added back to where it was taken from.</summary>
[Gradient("Gather")]
[Gradient("GatherElements")]
internal sealed class GatherGradient : IGradient
{
    public void Build(GradientContext c) => c.SetOp(0, "grad." + c.Op.Name.Type, c.DY, c.X(1));
}
