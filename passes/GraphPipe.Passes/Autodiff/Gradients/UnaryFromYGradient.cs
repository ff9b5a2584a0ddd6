namespace GraphPipe.Passes.Gradients;

/// <summary>Elementwise functions whose derivative follows from the result, so that the operand need not be kept.</summary>
[Gradient("Relu")]
[Gradient("Sigmoid")]
[Gradient("Tanh")]
[Gradient("Sqrt")]
internal sealed class UnaryFromYGradient : IGradient
{
    public void Build(GradientContext c) => c.SetOp(0, "grad." + c.Op.Name.Type, c.DY, c.Y());
}
