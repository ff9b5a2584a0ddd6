namespace GraphPipe.Ops.Operators;

/// <summary>Ends of channels.</summary>
[Operator("pipe.Send")]
internal sealed class Send : InPlaceOperator;

/// <summary>The value that a channel brings; its type is the channel's.</summary>
[Operator("pipe.Recv")]
internal sealed class Recv : StatedTypeOperator;
