namespace GraphPipe.Ops.Operators;

/// <summary>ONNX ReduceSumSquare.</summary>
[Operator("ReduceSumSquare")]
internal sealed class ReduceSumSquare : ReductionOperator;
