namespace GraphPipe.Ops.Operators;

/// <summary>ONNX ReduceProd.</summary>
[Operator("ReduceProd")]
internal sealed class ReduceProd : ReductionOperator;
