namespace GraphPipe.Ops.Operators;

/// <summary>ONNX ThresholdedRelu: x above α, else 0.</summary>
[Operator("ThresholdedRelu", since: 10)]
internal sealed class ThresholdedRelu : UnaryOperator;
