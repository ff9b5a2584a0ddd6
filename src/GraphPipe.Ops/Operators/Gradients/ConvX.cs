namespace GraphPipe.Ops.Operators;

/// <summary>(dY, W) to dX of a convolution.</summary>
[Operator("grad.ConvX")]
internal sealed class ConvXGradient : StatedTypeOperator;
