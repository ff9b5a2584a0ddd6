using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Gradients;

/// <summary>The parts' gradients joined again; zeros for parts that nobody reads.</summary>
[Gradient("Split")]
internal sealed class SplitGradient : IGradient
{
    public void Build(GradientContext c)
    {
        var parts = new ValueId[c.Op.Results.Length];
        var sizes = c.Attributes.Ints("split")!.Value;
        int axis = (int)c.Attributes.Int("axis", 0);
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = c.GradientOf(i);
            if (parts[i].IsNone)
                parts[i] = c.Emit.EmitTyped("grad.Zero", [], c.TypeOf(c.X()) with { Shape = c.ShapeOf(c.X()).With(axis, sizes[i]) });
        }

        c.Set(0, c.Emit.EmitTyped("Concat", parts, c.TypeOf(c.X()), Attributes.Empty.With("axis", axis)));
    }
}
