namespace GraphPipe.Passes.Gradients;

/// <summary>dY added back to where it was taken from; halves are added up in f32.</summary>
[Gradient("Gather")]
[Gradient("GatherElements")]
internal sealed class GatherGradient : IGradient
{
    public void Build(GradientContext c) =>
        c.Set(0, c.Emit.EmitTyped("grad." + c.Op.Name.Type, [c.Widened(c.DY), c.X(1)], c.WideTypeOf(c.X()), c.Attributes));
}
