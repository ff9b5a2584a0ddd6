using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>
/// Steps one behind the other, where their number is known. The products with W are one MatMul for all steps; each step adds its product with R and
/// applies the gates. After the end of a sample's sequence its state stays, and its output is 0. Clipping and peepholes are not
/// done.
/// </summary>
[Decomposition("LSTM")]
[Decomposition("GRU")]
[Decomposition("RNN")]
internal sealed class RecurrentDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        var attributes = c.Op.Attributes;
        if (attributes.Has("clip") || attributes.Int("input_forget", 0) != 0 || c.Has(7))
            return null;
        bool samplesFirst = attributes.Int("layout", 0) != 0;
        var x = samplesFirst ? Transposed(c, c.X, 1, 0, 2) : c.X;
        var shape = c.ShapeOf(x);
        int directions = (int)(c.ShapeOf(c.Op.Operands[2])[0].Constant ?? 0);
        if (shape[0].Constant is not > 0 || directions is not (1 or 2))
            return null;
        string[] way = attributes.Text("direction", "forward") == "reverse" ? ["reverse"] : directions == 1 ? ["forward"] : ["forward", "reverse"];
        var runs = new List<Run>();
        for (int d = 0; d < directions; d++)
        {
            if (RecurrentCell.Of(c, x, d, directions) is not { } cell)
                return null;
            runs.Add(Unrolled(c, cell, (int)shape[0].Constant!.Value, way[d] == "reverse"));
        }

        return Results(c, runs, samplesFirst);
    }

    private static Run Unrolled(DecompositionContext c, RecurrentCell cell, int steps, bool reverse)
    {
        var lengths = c.Has(4) ? Whole(c, c.Op.Operands[4]) : ValueId.None;
        var outputs = new ValueId[steps];
        var state = cell.Initial;
        for (int i = 0; i < steps; i++)
        {
            int t = reverse ? steps - 1 - i : i;
            var next = cell.Step(t, state);
            outputs[t] = next.Hidden;
            if (!lengths.IsNone)
            {
                var isThere = c.Emit.Emit("Less", [c.Emit.Builder.Constant(TensorData.Longs([], t), "step"), lengths]);
                ValueId Kept(ValueId value, ValueId old) => value.IsNone ? value : c.Emit.Emit("Where", [isThere, value, old.IsNone ? c.Emit.Scalar(0) : old]);
                outputs[t] = Kept(next.Hidden, ValueId.None);
                next = new RecurrentState(Kept(next.Hidden, state.Hidden), Kept(next.Cell, state.Cell));
            }

            state = next;
        }

        return new Run(outputs, state);
    }

    private static ImmutableArray<ValueId> Results(DecompositionContext c, List<Run> runs, bool samplesFirst)
    {
        // [T,directions,N,H] of T·directions times [N,H].
        var (steps, state) = (runs[0].Outputs.Length, c.ShapeOf(runs[0].Last.Hidden));
        var all = Enumerable.Range(0, steps).SelectMany(t => runs.Select(r => r.Outputs[t]));
        var y = Stacked(c, all, [steps, runs.Count, .. state]);
        var results = ImmutableArray.Create(y, Stacked(c, runs.Select(r => r.Last.Hidden), [runs.Count, .. state]));
        if (!runs[0].Last.Cell.IsNone)
            results = results.Add(Stacked(c, runs.Select(r => r.Last.Cell), [runs.Count, .. state]));
        return samplesFirst ? [Transposed(c, results[0], 2, 0, 1, 3), .. results.Skip(1).Select(r => Transposed(c, r, 1, 0, 2))] : results;
    }

    private static ValueId Stacked(DecompositionContext c, IEnumerable<ValueId> parts, Dim[] shape)
    {
        ValueId[] rows = [.. parts.Select(p => c.Emit.Reshape(p, Shape.Create([Dim.One, .. c.ShapeOf(p)])))];
        return c.Emit.Reshape(rows.Length == 1 ? rows[0] : c.Emit.Emit("Concat", rows, Attributes.Empty.With("axis", 0)), Shape.Create(shape));
    }

    private static ValueId Transposed(DecompositionContext c, ValueId value, params long[] perm) =>
        c.Emit.Emit("Transpose", [value], Attributes.Empty.With("perm", perm.ToImmutableArray()));

    // [N,1], to be compared with the number of the step.
    private static ValueId Whole(DecompositionContext c, ValueId lengths)
    {
        if (c.Emit.TypeOf(lengths).Type != DType.I64)
            lengths = c.Emit.Emit("Cast", [lengths], Attributes.Empty.With("to", DType.I64.Text()));
        return c.Emit.Reshape(lengths, Shape.Create([c.ShapeOf(lengths)[0], Dim.One]));
    }

    private sealed record Run(ValueId[] Outputs, RecurrentState Last);
}
