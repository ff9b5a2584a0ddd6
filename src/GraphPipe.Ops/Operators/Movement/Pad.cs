using System.Collections.Immutable;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Pad.</summary>
[Operator("Pad")]
internal sealed class Pad : Operator
{
    public override ImmutableArray<AttributeOperand> AttributeOperands => [new(1, "pads"), new(2, "value", IsFloat: true, IsScalar: true), new(3, "axes")];

    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { } shape || c.Ints("pads", 1) is not { } pads)
            return;
        var axes = c.Axes("axes", 3, shape.Rank) ?? (c.Has(3) ? null : [.. Enumerable.Range(0, shape.Rank)]);
        if (axes is not { } along)
            return;
        if (pads.Length != 2 * along.Length)
        {
            c.Fail($"{pads.Length} pads for {along.Length} axes");
            return;
        }

        for (int i = 0; i < along.Length; i++)
            shape = shape.With(along[i], shape[along[i]] + pads[i] + pads[i + along.Length]);
        c.Set(0, c.DType(0), shape);
    }

    public override void Batch(BatchContext c)
    {
        if (c.Layout(0) is { } layout && c.Shape(0)[layout.Axis] != c.ResultShape(0)[layout.Axis])
            c.Mixes("it adds samples");
        c.Set(0, c.Layout(0));
    }
}
