namespace GraphPipe.Ops.Operators;

/// <summary>ONNX ReduceLogSum.</summary>
[Operator("ReduceLogSum")]
internal sealed class ReduceLogSum : ReductionOperator;
