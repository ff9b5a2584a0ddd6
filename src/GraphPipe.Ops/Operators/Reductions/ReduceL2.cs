namespace GraphPipe.Ops.Operators;

/// <summary>ONNX ReduceL2.</summary>
[Operator("ReduceL2")]
internal sealed class ReduceL2 : ReductionOperator;
