namespace GraphPipe.Ops.Operators;

/// <summary>Adds dY into the gathered elements of a tensor of zeros, in index order.</summary>
[Operator("grad.GatherElements")]
internal sealed class GatherElementsGradient : StatedTypeOperator;
