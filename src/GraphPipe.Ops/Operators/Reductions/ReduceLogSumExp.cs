namespace GraphPipe.Ops.Operators;

/// <summary>ONNX ReduceLogSumExp.</summary>
[Operator("ReduceLogSumExp")]
internal sealed class ReduceLogSumExp : ReductionOperator
{
    // It looks for the largest before it adds.
    public override bool IsReduction => false;
}
