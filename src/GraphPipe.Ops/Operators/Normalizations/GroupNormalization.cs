namespace GraphPipe.Ops.Operators;

/// <summary>ONNX GroupNormalization of [N,C,…]; decomposed.</summary>
[Operator("GroupNormalization", since: 18)]
internal sealed class GroupNormalization : Operator
{
    public override void Infer(InferenceContext c) => c.Set(0, c.DType(0), c.Shape(0));

    public override void Batch(BatchContext c) => c.Set(0, BatchRules.Along(c, 1, "it"));
}
