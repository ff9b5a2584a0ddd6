using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Passes.Gradients;

/// <summary>Each operand's slice of dY.</summary>
[Gradient("Concat")]
internal sealed class ConcatGradient : IGradient
{
    public void Build(GradientContext c)
    {
        int axis = (int)c.Attributes.Int("axis", 0);
        long start = 0;
        for (int i = 0; i < c.Op.Operands.Length; i++)
        {
            long length = c.ShapeOf(c.X(i))[axis].Constant ?? throw new InvalidOperationException("Concat along an open dimension");
            if (c.Needs(i))
            {
                var attributes = Attributes.Empty
                    .With("axes", ImmutableArray.Create((long)axis)).With("starts", ImmutableArray.Create(start))
                    .With("ends", ImmutableArray.Create(start + length)).With("steps", ImmutableArray.Create(1L));
                c.Set(i, c.Emit.EmitTyped("Slice", [c.DY], c.TypeOf(c.X(i)), attributes));
            }

            start += length;
        }
    }
}
