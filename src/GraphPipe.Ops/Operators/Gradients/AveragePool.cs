namespace GraphPipe.Ops.Operators;

/// <summary>dY to dX of an average pool.</summary>
[Operator("grad.AveragePool")]
internal sealed class AveragePoolGradient : StatedTypeOperator;
