using GraphPipe.Bundle;

namespace GraphPipe.Passes.Gradients;

/// <summary>dY of the values back to where they were.</summary>
[Gradient("TopK")]
internal sealed class TopKGradient : IGradient
{
    public void Build(GradientContext c) =>
        c.Set(0, c.Emit.EmitTyped("grad.GatherElements", [c.DY, c.Y(1)], c.TypeOf(c.X()), Attributes.Empty.With("axis", c.Attributes.Int("axis", 0))));
}
