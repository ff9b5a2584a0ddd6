namespace GraphPipe.Ops.Operators;

/// <summary>ONNX BatchNormalization; in inference form decomposed to a product and a sum per channel.</summary>
[Operator("BatchNormalization")]
internal sealed class BatchNormalization : Operator
{
    public override void Infer(InferenceContext c)
    {
        c.Set(0, c.DType(0), c.Shape(0));
        c.Set(1, c.DType(3), c.Shape(3));
        c.Set(2, c.DType(4), c.Shape(4));
    }

    public override void Batch(BatchContext c)
    {
        if (c.Attributes.Int("training_mode", 0) != 0 && c.Layout(0) is not null)
            c.Mixes("in training mode it normalises over the samples");
        c.Set(0, c.Layout(0));
    }
}
