namespace GraphPipe.Ops.Operators;

/// <summary>Zeros.</summary>
[Operator("grad.Zero")]
internal sealed class ZeroGradient : StatedTypeOperator;
