namespace GraphPipe.Ops.Operators;

/// <summary>dY where the slice was, zeros elsewhere.</summary>
[Operator("grad.Slice")]
internal sealed class SliceGradient : StatedTypeOperator;
