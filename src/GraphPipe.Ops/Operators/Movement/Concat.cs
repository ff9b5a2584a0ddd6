using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Concat along one axis.</summary>
[Operator("Concat", since: 4)]
internal sealed class Concat : Operator
{
    public override void Infer(InferenceContext c)
    {
        int first = Enumerable.Range(0, c.OperandCount).FirstOrDefault(i => c.Shape(i) is not null, -1);
        if (first < 0)
            return;
        var shape = c.Shape(first)!;
        int axis = c.Axis(c.Attributes.Int("axis", 0), shape.Rank);
        if (Enumerable.Range(0, c.OperandCount).All(i => c.Shape(i) is not null))
        {
            var total = Dim.Zero;
            for (int i = 0; i < c.OperandCount; i++)
            {
                var own = c.Shape(i)!;
                if (own.Rank != shape.Rank)
                {
                    c.Fail($"operands of rank {shape.Rank} and {own.Rank}");
                    return;
                }

                for (int a = 0; a < shape.Rank; a++)
                {
                    if (a != axis && own[a] != shape[a] && ((own[a].IsConstant && shape[a].IsConstant) || own[a].Symbols.Concat(shape[a].Symbols).Contains(Dim.BatchSymbol)))
                        c.Fail($"operands of shape {shape} and {own}");
                    else if (a != axis && own[a].IsConstant)
                        shape = shape.With(a, own[a]);
                }

                total += own[axis];
            }

            c.Set(0, c.DType(first), shape.With(axis, total));
        }

        if (shape.Rank <= 1 && Enumerable.Range(0, c.OperandCount).All(i => c.Content(i) is not null))
            c.SetContent(0, [.. Enumerable.Range(0, c.OperandCount).SelectMany(i => c.Content(i)!.Value)]);
    }

    public override void Batch(BatchContext c)
    {
        int rank = c.ResultShape(0).Rank;
        int axis = (int)c.Attributes.Int("axis", 0);
        axis = axis < 0 ? axis + rank : axis;
        BatchLayout? layout = null;
        for (int i = 0; i < c.OperandCount; i++)
        {
            if (c.Layout(i) is not { } own)
                continue;
            if (own.Axis == axis)
                c.Mixes("it joins samples");
            if (layout is not null && own != layout)
                c.Mixes("its operands have the samples along different axes");
            layout = own;
        }

        c.Set(0, layout);
    }

    public override ImmutableArray<TensorData>? Fold(FoldContext c)
    {
        if (c.ResultShape(0) is not { } shape || TensorData.CountOf(shape) > ConstantMath.Limit)
            return null;
        int axis = (int)c.Attributes.Int("axis", 0);
        axis = axis < 0 ? axis + shape.Length : axis;
        int size = c.ResultType(0).Bits() / 8;
        if (size == 0)
            return null;
        byte[] bytes = new byte[TensorData.CountOf(shape) * size];
        long inner = shape.Skip(axis + 1).Aggregate(1L, (a, b) => a * b) * size;
        long outer = shape.Take(axis).Aggregate(1L, (a, b) => a * b);
        long at = 0;
        for (int i = 0; i < c.OperandCount; i++)
        {
            if (c.Operand(i) is not { } x)
                return null;
            long block = x.Shape[axis] * inner;
            for (long o = 0; o < outer; o++)
                x.Bytes.Span.Slice((int)(o * block), (int)block).CopyTo(bytes.AsSpan((int)((o * shape[axis] * inner) + at)));
            at += block;
        }

        return [new TensorData(c.ResultType(0), shape, bytes)];
    }
}
