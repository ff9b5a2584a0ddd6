namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Softmax and LogSoftmax along one axis.</summary>
[Operator("Softmax")]
[Operator("LogSoftmax")]
internal sealed class Softmax : Operator
{
    public override void Infer(InferenceContext c) => c.Set(0, c.DType(0), c.Shape(0));

    public override void Batch(BatchContext c)
    {
        int rank = c.Shape(0).Rank;
        int axis = (int)c.Attributes.Int("axis", -1);
        c.Set(0, BatchRules.Along(c, axis < 0 ? axis + rank : axis, "it"));
    }

    public override OpCost Cost(CostContext c) => new(c.ResultElements * 12, c.AllBytes);
}
