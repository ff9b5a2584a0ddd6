namespace GraphPipe.Ops.Operators;

/// <summary>Adds dY into the gathered places of a tensor of zeros, in index order.</summary>
[Operator("grad.Gather")]
internal sealed class GatherGradient : StatedTypeOperator;
