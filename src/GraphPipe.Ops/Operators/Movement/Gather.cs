using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Gather along one axis.</summary>
[Operator("Gather")]
internal sealed class Gather : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { Rank: > 0 } data || c.Shape(1) is not { } indices)
            return;
        int axis = c.Axis(c.Attributes.Int("axis", 0), data.Rank);
        c.Set(0, c.DType(0), Shape.Create([.. data.Take(axis), .. indices, .. data.Skip(axis + 1)]));
        if (data.Rank == 1 && indices.Rank <= 1 && c.Content(0) is { } content && c.Content(1) is { } at && at.All(d => d.IsConstant))
        {
            var picked = at.Select(d => d.Constant!.Value).Select(i => i < 0 ? i + content.Length : i).ToArray();
            if (picked.All(i => i >= 0 && i < content.Length))
                c.SetContent(0, [.. picked.Select(i => content[(int)i])]);
            else
                c.Fail($"an index is outside 0 to {content.Length - 1}");
        }
    }

    public override void Batch(BatchContext c)
    {
        int rank = c.Shape(0).Rank;
        int axis = (int)c.Attributes.Int("axis", 0);
        axis = axis < 0 ? axis + rank : axis;
        var data = c.Layout(0);
        var indices = c.Layout(1);
        if (data is not null && data.Axis == axis)
            c.Mixes("it picks samples");
        if (data is not null && indices is not null)
            c.Mixes("both its operands have samples");
        int added = c.Shape(1).Rank - 1;
        c.Set(0, indices is not null ? indices with { Axis = indices.Axis + axis }
            : data is not null && data.Axis > axis ? data with { Axis = data.Axis + added }
            : data);
    }

    public override OpCost Cost(CostContext c) => new(Dim.Zero, c.ResultElements * 8);

    public override ImmutableArray<TensorData>? Fold(FoldContext c)
    {
        if (c.Operand(0) is not { } data || c.Operand(1) is not { } indices || c.ResultShape(0) is not { } shape)
            return null;
        int axis = (int)c.Attributes.Int("axis", 0);
        axis = axis < 0 ? axis + data.Shape.Length : axis;
        long[] at = indices.ToLongs();
        long[] strides = ConstantMove.Strides(indices.Shape);
        int indexRank = indices.Shape.Length;
        var pick = ConstantMove.Indexed(data.Shape, shape, (target, source) =>
        {
            Array.Copy(target, source, axis);
            long flat = 0;
            for (int i = 0; i < indexRank; i++)
                flat += target[axis + i] * strides[i];
            source[axis] = at[flat] < 0 ? at[flat] + data.Shape[axis] : at[flat];
            Array.Copy(target, axis + indexRank, source, axis + 1, source.Length - axis - 1);
        });
        return ConstantMove.Pick(data, shape, pick) is { } y ? [y] : null;
    }
}
