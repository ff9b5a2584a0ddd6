using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Transpose.</summary>
[Operator("Transpose")]
internal sealed class Transpose : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { } shape)
            return;
        var perm = Permutation(c.Attributes, shape.Rank);
        if (perm.Length != shape.Rank || perm.Any(p => p < 0 || p >= shape.Rank))
            c.Fail($"perm {string.Join(", ", perm)} does not fit rank {shape.Rank}");
        else
            c.Set(0, c.DType(0), Shape.Create([.. perm.Select(p => shape[(int)p])]));
    }

    public override void Batch(BatchContext c) =>
        c.Set(0, c.Layout(0) is { } layout ? layout with { Axis = Permutation(c.Attributes, c.Shape(0).Rank).IndexOf(layout.Axis) } : null);

    public override OpCost Cost(CostContext c) => new(Dim.Zero, c.AllBytes);

    public override ImmutableArray<TensorData>? Fold(FoldContext c)
    {
        if (c.Operand(0) is not { } x || c.ResultShape(0) is not { } shape)
            return null;
        var perm = Permutation(c.Attributes, shape.Length);
        var pick = ConstantMove.Indexed(x.Shape, shape, (target, source) =>
        {
            for (int i = 0; i < perm.Length; i++)
                source[perm[i]] = target[i];
        });
        return ConstantMove.Pick(x, shape, pick) is { } y ? [y] : null;
    }

    private static ImmutableArray<long> Permutation(Attributes attributes, int rank) =>
        attributes.Ints("perm") ?? [.. Enumerable.Range(0, rank).Select(i => (long)(rank - 1 - i))];
}
