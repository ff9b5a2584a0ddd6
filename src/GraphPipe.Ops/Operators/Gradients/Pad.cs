namespace GraphPipe.Ops.Operators;

/// <summary>The gradient of Pad.</summary>
[Operator("grad.Pad")]
internal sealed class PadGradient : StatedTypeOperator;
