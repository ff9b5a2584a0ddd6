namespace GraphPipe.Ops.Operators;

/// <summary>The gradient of Resize along one axis.</summary>
[Operator("grad.Resize")]
internal sealed class ResizeGradient : StatedTypeOperator;
