namespace GraphPipe.Passes.Gradients;

/// <summary>Along the axis: dX = Y·(dY − Σ dY·Y); for LogSoftmax dX = dY − exp(Y)·Σ dY.</summary>
[Gradient("Softmax")]
[Gradient("LogSoftmax")]
internal sealed class SoftmaxGradient : IGradient
{
    public void Build(GradientContext c) => c.SetOp(0, "grad." + c.Op.Name.Type, c.DY, c.Y());
}
