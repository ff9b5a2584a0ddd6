namespace GraphPipe.Ops.Operators;

/// <summary>dY spread over what was averaged, divided by its number.</summary>
[Operator("grad.ReduceMean")]
internal sealed class ReduceMeanGradient : StatedTypeOperator;
