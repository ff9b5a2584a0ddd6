using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Slice: starts, ends, axes and steps as operands, at level core as resolved attributes.</summary>
[Operator("Slice")]
internal sealed class Slice : Operator
{
    public override ImmutableArray<AttributeOperand> AttributeOperands => [new(1, "starts"), new(2, "ends"), new(3, "axes"), new(4, "steps")];

    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { } shape)
            return;
        var starts = Symbolic(c, "starts", 1);
        var ends = Symbolic(c, "ends", 2);
        if (starts is not { } from || ends is not { } to)
        {
            c.Set(0, c.DType(0), null);
            return;
        }

        var axes = c.Axes("axes", 3, shape.Rank) ?? (c.Has(3) ? null : [.. Enumerable.Range(0, from.Length)]);
        var steps = c.Ints("steps", 4) ?? (c.Has(4) ? null : [.. Enumerable.Repeat(1L, from.Length)]);
        if (axes is not { } along || steps is not { } by)
            return;
        var result = shape;
        for (int i = 0; i < along.Length; i++)
            result = result.With(along[i], Length(c, shape[along[i]], from[i], to[i], by[i]));
        c.Set(0, c.DType(0), result);
        if (shape.Rank == 1 && c.Content(0) is { } content && from[0].Constant is { } s && to[0].Constant is { } e)
        {
            var (start, end) = SliceBounds.Resolve(s, e, by[0], content.Length);
            c.SetContent(0, [.. SliceBounds.Positions(start, end, by[0]).Select(p => content[(int)p])]);
        }
    }

    public override void Batch(BatchContext c)
    {
        var layout = c.Layout(0);
        var axes = c.Attributes.Ints("axes") ?? [];
        if (layout is not null && axes.Contains(layout.Axis) && c.Shape(0)[layout.Axis] != c.ResultShape(0)[layout.Axis])
            c.Mixes("it picks samples");
        c.Set(0, layout);
    }

    public override ImmutableArray<TensorData>? Fold(FoldContext c)
    {
        if (c.Operand(0) is not { } x || c.ResultShape(0) is not { } shape)
            return null;
        var starts = c.Attributes.Ints("starts")?.ToArray() ?? c.Operand(1)?.ToLongs();
        var ends = c.Attributes.Ints("ends")?.ToArray() ?? c.Operand(2)?.ToLongs();
        if (starts is null || ends is null)
            return null;
        var axes = c.Attributes.Ints("axes")?.ToArray() ?? c.Operand(3)?.ToLongs() ?? [.. Enumerable.Range(0, starts.Length).Select(i => (long)i)];
        var steps = c.Attributes.Ints("steps")?.ToArray() ?? c.Operand(4)?.ToLongs() ?? [.. Enumerable.Repeat(1L, starts.Length)];
        long[] first = new long[shape.Length];
        long[] step = [.. Enumerable.Repeat(1L, shape.Length)];
        for (int i = 0; i < axes.Length; i++)
        {
            long axis = axes[i] < 0 ? axes[i] + shape.Length : axes[i];
            first[axis] = SliceBounds.Resolve(starts[i], ends[i], steps[i], x.Shape[(int)axis]).Start;
            step[axis] = steps[i];
        }

        var pick = ConstantMove.Indexed(x.Shape, shape, (target, source) =>
        {
            for (int i = 0; i < source.Length; i++)
                source[i] = first[i] + (target[i] * step[i]);
        });
        return ConstantMove.Pick(x, shape, pick) is { } y ? [y] : null;
    }

    private static ImmutableArray<Dim>? Symbolic(InferenceContext c, string attribute, int operand) =>
        c.Attributes.Ints(attribute) is { } list ? [.. list.Select(Dim.Of)] : c.Content(operand);

    // Bounds with symbols are taken at face value where they can only be meant so: 0 to d of a dimension d, or 0 to "the end".
    private static Dim Length(InferenceContext c, Dim size, Dim from, Dim to, long step)
    {
        if (size.Constant is { } length && from.Constant is { } start && to.Constant is { } end)
        {
            var (first, last) = SliceBounds.Resolve(start, end, step, length);
            return SliceBounds.Positions(first, last, step).LongCount();
        }

        if (step != 1)
            return c.FreshDim();
        var begin = from.Constant is < 0 ? size + from : from;
        bool toEnd = to == size || to.Constant is >= int.MaxValue;
        var stop = toEnd ? size : to.Constant is < 0 ? size + to : to;
        return begin.Constant == 0 || toEnd || (to.Constant is < 0 && from.Constant is >= 0) ? stop - begin : c.FreshDim();
    }
}
