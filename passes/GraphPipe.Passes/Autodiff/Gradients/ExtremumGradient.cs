using GraphPipe.Bundle;

namespace GraphPipe.Passes.Gradients;

/// <summary>The gradient goes to the operand that was taken, half to each where they are equal.</summary>
[Gradient("Max")]
[Gradient("Min")]
internal sealed class ExtremumGradient : IGradient
{
    public void Build(GradientContext c)
    {
        for (int i = 0; i < 2; i++)
        {
            if (c.Needs(i))
                c.SetSummed(i, c.Emit.Emit("grad." + c.Op.Name.Type, [c.DY, c.X(0), c.X(1)], Attributes.Empty.With("side", i)));
        }
    }
}
