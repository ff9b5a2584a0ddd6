using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX GatherND; Gather or GatherElements at level core.</summary>
[Operator("GatherND", since: 11)]
internal sealed class GatherND : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { } data || c.Shape(1) is not { Rank: > 0 } indices || indices[^1].Constant is not { } length)
            return;
        long behind = c.Attributes.Int("batch_dims", 0) + length;
        if (behind > data.Rank)
            c.Fail($"indices of {length} numbers for data {data}");
        else
            c.Set(0, c.DType(0), Shape.Create([.. indices.Dims.AsSpan()[..^1], .. data.Dims.AsSpan()[(int)behind..]]));
    }

    public override void Batch(BatchContext c)
    {
        if (c.Layout(0) is not null)
            c.Mixes("it picks from any sample");
        c.Set(0, c.Layout(1));
    }
}
