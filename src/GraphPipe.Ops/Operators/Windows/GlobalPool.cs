using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX GlobalAveragePool and GlobalMaxPool: decomposed to reductions.</summary>
[Operator("GlobalAveragePool")]
[Operator("GlobalMaxPool")]
[Operator("GlobalLpPool")]
internal sealed class GlobalPool : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is { Rank: >= 2 } x)
            c.Set(0, c.DType(0), Shape.Create([.. x.Dims.Select((d, i) => i < 2 ? d : Dim.One)]));
    }

    public override void Batch(BatchContext c)
    {
        if (c.Layout(0) is { Axis: > 1 })
            c.Mixes("it pools over the samples");
        c.Set(0, c.Layout(0));
    }
}
