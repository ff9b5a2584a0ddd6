using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>
/// ONNX LSTM, GRU and RNN: X [T,N,I], W [directions,gates·H,I], R [directions,gates·H,H], B, lengths, initial states; results Y [T,directions,N,H], Y_h and Y_c
/// [directions,N,H]. With <c>layout</c> 1 the samples come first. Steps one behind the other at level core.
/// </summary>
[Operator("LSTM", since: 7)]
[Operator("GRU", since: 7)]
[Operator("RNN", since: 7)]
internal sealed class Recurrent : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { Rank: 3 } x || c.Shape(2) is not { Rank: 3 } r)
            return;
        bool samplesFirst = c.Attributes.Int("layout", 0) != 0;
        var (steps, samples) = samplesFirst ? (x[1], x[0]) : (x[0], x[1]);
        var state = Shape.Create(samplesFirst ? [samples, r[0], r[2]] : [r[0], samples, r[2]]);
        c.Set(0, c.DType(0), Shape.Create(samplesFirst ? [samples, steps, r[0], r[2]] : [steps, r[0], samples, r[2]]));
        c.Set(1, c.DType(0), state);
        c.Set(2, c.DType(0), state);
    }

    public override void Batch(BatchContext c)
    {
        if (c.Layout(0) is { } layout && layout.Axis != (c.Attributes.Int("layout", 0) != 0 ? 0 : 1))
            c.Mixes($"its steps run over the samples (axis {layout.Axis})");
        for (int i = 0; i < c.ResultCount; i++)
        {
            if (!c.Op.Results[i].IsNone)
                c.Set(i, BatchRules.FromShape(c.ResultShape(i)));
        }
    }
}
