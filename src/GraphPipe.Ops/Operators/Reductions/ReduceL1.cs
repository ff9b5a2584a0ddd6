namespace GraphPipe.Ops.Operators;

/// <summary>ONNX ReduceL1.</summary>
[Operator("ReduceL1")]
internal sealed class ReduceL1 : ReductionOperator;
