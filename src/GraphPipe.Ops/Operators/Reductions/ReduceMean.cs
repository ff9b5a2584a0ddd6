namespace GraphPipe.Ops.Operators;

/// <summary>ONNX ReduceMean.</summary>
[Operator("ReduceMean")]
internal sealed class ReduceMean : ReductionOperator;
