using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>
/// The data and indices of a GatherND or ScatterND in the form of GatherElements and ScatterElements: the indexed axes flattened to one, what
/// lies behind them to the last. An index that is the sample's own number is no index: it makes the samples a common axis in front.
/// </summary>
/// <param name="Front">Axes that data and indices have in common.</param>
/// <param name="Indexed">The flattened axis.</param>
/// <param name="Rest">Elements behind it.</param>
/// <param name="Indices">[front…, count], within the flattened axis; none where the sample's number was the only index.</param>
internal sealed record IndexTuples(ImmutableArray<Dim> Front, Dim Indexed, Dim Rest, ValueId Indices)
{
    public Shape Data => Shape.Create([.. Front, Indexed, Rest]);

    public static IndexTuples? Of(DecompositionContext c, ValueId data, ValueId tuples, int front)
    {
        var (shape, indices) = (c.ShapeOf(data), c.ShapeOf(tuples));
        if (indices.Rank == 0 || indices[^1].Constant is not { } length || front + length > shape.Rank)
            return null;
        var parts = Parts(c, tuples, (int)length);
        if (front == 0 && length > 0 && shape[0] == Dim.Batch && indices[0] == Dim.Batch && SampleNumbers.AxisOf(c, parts[0]) == 0)
        {
            front = 1;
            parts.RemoveAt(0);
        }

        var count = indices.Dims.Skip(front).SkipLast(1).Aggregate(Dim.One, (a, b) => a * b);
        ImmutableArray<Dim> common = [.. shape.Take(front)];
        var sizes = shape.Skip(front).Take(parts.Count).Select(d => d.Constant).ToList();
        if (sizes.Contains(null))
            return null;
        var flat = ValueId.None;
        long stride = 1;
        for (int i = parts.Count - 1; i >= 0; i--)
        {
            var part = c.Emit.Reshape(parts[i], Shape.Create([.. common, count]));
            if (c.Emit.TypeOf(part).Type != DType.I64)
                part = c.Emit.Emit("Cast", [part], Attributes.Empty.With("to", DType.I64.Text()));
            if (parts.Count > 1 && !IsPositive(c, parts[i]))
                part = c.Emit.Emit("Where", [c.Emit.Emit("Less", [part, Whole(c, 0)]), c.Emit.Emit("Add", [part, Whole(c, sizes[i]!.Value)]), part]);
            if (stride > 1)
                part = c.Emit.Emit("Mul", [part, Whole(c, stride)]);
            flat = flat.IsNone ? part : c.Emit.Emit("Add", [part, flat]);
            stride *= sizes[i]!.Value;
        }

        return new IndexTuples(common, stride, shape.Skip(front + parts.Count).Aggregate(Dim.One, (a, b) => a * b), flat);
    }

    /// <summary>The indices for each of the elements behind the indexed axis: [front…, count, rest].</summary>
    public ValueId Spread(Emitter emit)
    {
        var shape = emit.ShapeOf(Indices);
        var one = emit.Reshape(Indices, Shape.Create([.. shape, Dim.One]));
        var type = emit.TypeOf(one);
        return Rest.Constant == 1 ? one : emit.EmitTyped("Expand", [one], type with { Shape = Shape.Create([.. shape, Rest]) });
    }

    // The numbers of the tuples one by one: what was joined, or picked out. Only their elements count, not the last dimension of 1.
    private static List<ValueId> Parts(DecompositionContext c, ValueId tuples, int length)
    {
        int last = c.ShapeOf(tuples).Rank - 1;
        if (c.Producer(tuples) is { } concat && concat.Is("Concat") && concat.Operands.Length == length && concat.Attributes.Int("axis", 0) == last)
            return [.. concat.Operands];
        if (length == 1)
            return [tuples];
        return [.. Enumerable.Range(0, length).Select(i => c.Emit.Emit("Gather", [tuples, Whole(c, i)], Attributes.Empty.With("axis", last)))];
    }

    private static ValueId Whole(DecompositionContext c, long value) => c.Emit.Builder.Constant(TensorData.Longs([], value), "index");

    private static bool IsPositive(DecompositionContext c, ValueId value) =>
        c.Constant(value) is { } data ? data.Type.IsInteger() && data.ToLongs().All(v => v >= 0)
        : c.Producer(value) is { } op && (op.Is("Expand") || op.Is("Reshape")) && IsPositive(c, op.Operands[0]);
}
