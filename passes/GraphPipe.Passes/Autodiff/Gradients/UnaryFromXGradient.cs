namespace GraphPipe.Passes.Gradients;

/// <summary>Elementwise functions whose derivative is taken from the operand.</summary>
[Gradient("Abs")]
[Gradient("Acos")]
[Gradient("Acosh")]
[Gradient("Asinh")]
[Gradient("Atanh")]
[Gradient("Asin")]
[Gradient("Atan")]
[Gradient("Cos")]
[Gradient("Cosh")]
[Gradient("Sinh")]
[Gradient("Erf")]
[Gradient("HardSwish")]
[Gradient("Mish")]
[Gradient("Sin")]
[Gradient("Tan")]
[Gradient("Softplus")]
[Gradient("Softsign")]
[Gradient("Celu")]
[Gradient("Elu")]
[Gradient("HardSigmoid")]
[Gradient("LeakyRelu")]
[Gradient("Selu")]
[Gradient("ThresholdedRelu")]
[Gradient("Shrink")]
[Gradient("Swish")]
[Gradient("Gelu")]
[Gradient("Clip")]
internal sealed class UnaryFromXGradient : IGradient
{
    public void Build(GradientContext c) => c.SetOp(0, "grad." + c.Op.Name.Type, c.DY, c.X());
}
