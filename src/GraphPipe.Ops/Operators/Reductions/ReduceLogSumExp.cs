namespace GraphPipe.Ops.Operators;

/// <summary>ONNX ReduceLogSumExp.</summary>
[Operator("ReduceLogSumExp")]
internal sealed class ReduceLogSumExp : ReductionOperator;
