using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Tile; repeats with N in them are the result's type after operands are resolved, and Expand at level core.</summary>
[Operator("Tile", since: 6)]
internal sealed class Tile : Operator
{
    public override ImmutableArray<AttributeOperand> AttributeOperands => [new(1, "repeats")];

    public override void Infer(InferenceContext c)
    {
        ImmutableArray<Dim>? known = c.Attributes.Ints("repeats") is { } list ? [.. list.Select(Dim.Of)] : c.Content(1);
        if (c.Shape(0) is not { } shape || known is not { } repeats)
            return;
        if (repeats.Length != shape.Rank)
            c.Fail($"{repeats.Length} repeats for rank {shape.Rank}");
        else
            c.Set(0, c.DType(0), Shape.Create([.. shape.Dims.Select((d, i) => d * repeats[i])]));
    }

    public override void Batch(BatchContext c)
    {
        if (c.Layout(0) is { } layout && c.Attributes.Ints("repeats") is { } repeats && repeats[layout.Axis] != 1)
            c.Mixes("it repeats samples");
        c.Set(0, c.Layout(0));
    }

    public override ImmutableArray<TensorData>? Fold(FoldContext c)
    {
        if (c.Operand(0) is not { } x || c.ResultShape(0) is not { } shape)
            return null;
        var pick = ConstantMove.Indexed(x.Shape, shape, (target, source) =>
        {
            for (int i = 0; i < source.Length; i++)
                source[i] = target[i] % x.Shape[i];
        });
        return ConstantMove.Pick(x, shape, pick) is { } y ? [y] : null;
    }
}
