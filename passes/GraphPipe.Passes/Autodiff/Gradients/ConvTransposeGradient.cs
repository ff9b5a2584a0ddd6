namespace GraphPipe.Passes.Gradients;

/// <summary>The op is the gradient of a convolution's input; so its own is that convolution, and that one's gradient of the weights.</summary>
[Gradient("ConvTranspose")]
internal sealed class ConvTransposeGradient : IGradient
{
    public void Build(GradientContext c)
    {
        var attributes = c.Attributes.Without("output_padding");
        if (c.Needs(0))
            c.Set(0, c.Emit.EmitTyped("Conv", [c.DY, c.X(1)], c.TypeOf(c.X(0)), attributes));
        if (c.Needs(1))
            c.Set(1, c.Emit.EmitTyped("grad.ConvW", [c.X(0), c.DY], c.TypeOf(c.X(1)), attributes));
    }
}
