namespace GraphPipe.Ops.Operators;

/// <summary>ONNX LRN and MeanVarianceNormalization; arithmetic at level core.</summary>
[Operator("LRN")]
[Operator("MeanVarianceNormalization", since: 9)]
internal sealed class LocalResponseNormalization : Operator
{
    public override void Infer(InferenceContext c) => c.Set(0, c.DType(0), c.Shape(0));

    public override void Batch(BatchContext c)
    {
        int rank = c.Shape(0).Rank;
        var axes = c.Op.Is("LRN") ? [1] : c.Attributes.Ints("axes") ?? [0, 2, 3];
        if (c.Layout(0) is { } layout && axes.Any(a => (a < 0 ? a + rank : a) == layout.Axis))
            c.Mixes($"it runs over the samples (axis {layout.Axis})");
        c.Set(0, c.Layout(0));
    }
}
