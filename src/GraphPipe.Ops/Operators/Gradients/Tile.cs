namespace GraphPipe.Ops.Operators;

/// <summary>The gradient of Tile: sums over the repeats.</summary>
[Operator("grad.Tile")]
internal sealed class TileGradient : StatedTypeOperator;
