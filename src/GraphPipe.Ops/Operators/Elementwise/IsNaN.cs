using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX IsNaN and IsInf; comparisons at level core.</summary>
[Operator("IsNaN", since: 9)]
[Operator("IsInf", since: 10)]
internal sealed class IsNaN : UnaryOperator
{
    protected override DType ResultType(InferenceContext c) => DType.Bool;
}
