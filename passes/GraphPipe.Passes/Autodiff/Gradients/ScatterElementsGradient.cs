using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Gradients;

/// <summary>To the updates what lies where they were written, to the data the rest; to both where they were added.</summary>
[Gradient("ScatterElements")]
internal sealed class ScatterElementsGradient : IGradient
{
    public string? Refuses(Op op) => op.Attributes.Text("reduction", "none") is "none" or "add" ? null : "with a reduction other than 'none' and 'add'";

    public void Build(GradientContext c)
    {
        bool adds = c.Attributes.Text("reduction", "none") == "add";
        if (c.Needs(0))
        {
            var zeros = adds ? ValueId.None : c.Emit.EmitTyped("grad.Zero", [], c.TypeOf(c.X(2)));
            c.Set(0, adds ? c.DY : c.Emit.EmitTyped("ScatterElements", [c.DY, c.X(1), zeros], c.TypeOf(c.X(0)), c.Attributes));
        }

        if (c.Needs(2))
            c.Set(2, c.Emit.EmitTyped("GatherElements", [c.DY, c.X(1)], c.TypeOf(c.X(2)), Attributes.Empty.With("axis", c.Attributes.Int("axis", 0))));
    }
}
