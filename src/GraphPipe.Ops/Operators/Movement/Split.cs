using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Split along one axis; the sizes are the attribute or operand <c>split</c>, or equal.</summary>
[Operator("Split")]
internal sealed class Split : Operator
{
    public override ImmutableArray<AttributeOperand> AttributeOperands => [new(1, "split")];

    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { Rank: > 0 } shape)
            return;
        int axis = c.Axis(c.Attributes.Int("axis", 0), shape.Rank);
        if ((c.Ints("split", 1) ?? Equal(c, shape[axis])) is not { } sizes)
            return;
        if (shape[axis].Constant is { } length && sizes.Sum() != length)
            c.Fail($"parts of {string.Join(", ", sizes)} do not make {length}");
        for (int i = 0; i < Math.Min(sizes.Length, c.ResultCount); i++)
            c.Set(i, c.DType(0), shape.With(axis, sizes[i]));
        if (shape.Rank == 1 && c.Content(0) is { } content && sizes.Sum() == content.Length)
        {
            int at = 0;
            for (int i = 0; i < Math.Min(sizes.Length, c.ResultCount); at += (int)sizes[i++])
                c.SetContent(i, [.. content.Skip(at).Take((int)sizes[i])]);
        }
    }

    public override void Batch(BatchContext c)
    {
        int rank = c.Shape(0).Rank;
        int axis = (int)c.Attributes.Int("axis", 0);
        c.SetAll(BatchRules.Along(c, axis < 0 ? axis + rank : axis, "it"));
    }

    public override ImmutableArray<TensorData>? Fold(FoldContext c)
    {
        if (c.Operand(0) is not { } x)
            return null;
        int axis = (int)c.Attributes.Int("axis", 0);
        axis = axis < 0 ? axis + x.Shape.Length : axis;
        var parts = ImmutableArray.CreateBuilder<TensorData>();
        long first = 0;
        for (int i = 0; i < c.Op.Results.Length; i++)
        {
            if (c.ResultShape(i) is not { } shape)
                return null;
            var pick = ConstantMove.Indexed(x.Shape, shape, (target, source) =>
            {
                target.CopyTo(source, 0);
                source[axis] += first;
            });
            if (ConstantMove.Pick(x, shape, pick) is not { } part)
                return null;
            parts.Add(part);
            first += shape[axis];
        }

        return parts.ToImmutable();
    }

    private static ImmutableArray<long>? Equal(InferenceContext c, Dim length)
    {
        if (c.Has(1) || length.Constant is not { } total)
            return null;
        // The last part is smaller where the length does not divide (opset 18, num_outputs).
        long parts = c.Attributes.Int("num_outputs", c.ResultCount);
        long size = (total + parts - 1) / parts;
        return [.. Enumerable.Range(0, (int)parts).Select(i => Math.Min(size, total - (i * size)))];
    }
}
