namespace GraphPipe.Ops.Operators;

/// <summary>ONNX ReduceMin.</summary>
[Operator("ReduceMin")]
internal sealed class ReduceMin : ReductionOperator;
