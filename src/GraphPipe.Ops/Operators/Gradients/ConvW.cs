namespace GraphPipe.Ops.Operators;

/// <summary>(dY, X) to dW of a convolution.</summary>
[Operator("grad.ConvW")]
internal sealed class ConvWGradient : StatedTypeOperator;
