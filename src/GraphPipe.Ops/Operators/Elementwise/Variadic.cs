namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Sum and Mean of any number of operands; Add and Mul at level core.</summary>
[Operator("Sum", since: 8)]
[Operator("Mean", since: 8)]
internal sealed class Variadic : ElementwiseOperator;
