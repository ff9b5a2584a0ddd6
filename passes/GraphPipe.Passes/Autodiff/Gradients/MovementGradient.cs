namespace GraphPipe.Passes.Gradients;

/// <summary>dY moved back: into zeros for Slice, out of the padding for Pad, summed over the repeats for Tile, the other way for CumSum.</summary>
[Gradient("Slice")]
[Gradient("Pad")]
[Gradient("Tile")]
[Gradient("CumSum")]
[Gradient("ReduceMean")]
internal sealed class MovementGradient : IGradient
{
    public void Build(GradientContext c) => c.SetOp(0, "grad." + c.Op.Name.Type, c.DY);
}
