namespace GraphPipe.Ops.Operators;

/// <summary>ONNX ReduceMax.</summary>
[Operator("ReduceMax")]
internal sealed class ReduceMax : ReductionOperator;
