namespace GraphPipe.Ops.Operators;

/// <summary>ONNX ReduceSum.</summary>
[Operator("ReduceSum")]
internal sealed class ReduceSum : ReductionOperator;
