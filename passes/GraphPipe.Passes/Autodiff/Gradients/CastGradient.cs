using GraphPipe.Bundle;

namespace GraphPipe.Passes.Gradients;

/// <summary>Back to the operand's type.</summary>
[Gradient("Cast")]
internal sealed class CastGradient : IGradient
{
    public void Build(GradientContext c) =>
        c.Set(0, c.Emit.EmitTyped("Cast", [c.DY], c.TypeOf(c.X()), Attributes.Empty.With("to", c.TypeOf(c.X()).Type.Text())));
}
