using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes.Decompositions;

/// <summary>
/// Operands are multiplied two by two from the left. What only one of them has and nobody needs is summed first; what both have and nobody
/// needs is the inner dimension of a MatMul, what is needed of both its batch dimensions. Without an inner dimension, or without anything that only
/// one of them has, it is a Mul (and a ReduceSum). Example: <c>bqhd,bkhd->bhqk</c> is MatMul of [b,h,q,d] and [b,h,d,k].
/// </summary>
[Decomposition("Einsum")]
internal sealed class EinsumDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        if (c.Emit.TypeOf(c.X).Type != DType.F32)
            return null;
        var equation = EinsumEquation.Parse(c.Op.Attributes.Text("equation", ""), [.. c.Op.Operands.Select(o => c.ShapeOf(o).Rank)], _ => { });
        if (equation is null)
            return null;
        var terms = new List<Term>();
        for (int i = 0; i < c.Op.Operands.Length; i++)
        {
            if (Diagonal(c.Emit, new Term(c.Op.Operands[i], equation.Operands[i])) is not { } term)
                return null;
            terms.Add(term);
        }

        while (terms.Count > 1)
        {
            var needed = terms.Skip(2).SelectMany(t => t.Labels).Concat(equation.Result).ToHashSet(StringComparer.Ordinal);
            terms[0] = Product(c.Emit, terms[0], terms[1], needed);
            terms.RemoveAt(1);
        }

        var last = Summed(c.Emit, terms[0], equation.Result.Contains);
        return [Ordered(c.Emit, last, equation.Result).Value];
    }

    private static Term Product(Emitter emit, Term a, Term b, HashSet<string> needed)
    {
        // An axis of length 1 beside a longer one is broadcast: it is not there.
        a = Without(emit, a, l => emit.ShapeOf(a.Value)[a.Labels.IndexOf(l)].Constant == 1 && b.Labels.Contains(l) && Size(emit, b, l).Constant != 1);
        b = Without(emit, b, l => emit.ShapeOf(b.Value)[b.Labels.IndexOf(l)].Constant == 1 && a.Labels.Contains(l) && Size(emit, a, l).Constant != 1);
        a = Summed(emit, a, l => needed.Contains(l) || b.Labels.Contains(l));
        b = Summed(emit, b, l => needed.Contains(l) || a.Labels.Contains(l));
        var inner = a.Labels.Where(l => b.Labels.Contains(l) && !needed.Contains(l)).ToImmutableArray();
        bool IsBatch(Term term, Term other, string label) =>
            !inner.Contains(label) && (other.Labels.Contains(label) || Size(emit, term, label).Contains(Dim.BatchSymbol)); // Samples stay an axis of their own.
        var batch = a.Labels.Where(l => IsBatch(a, b, l)).Union(b.Labels.Where(l => IsBatch(b, a, l))).ToImmutableArray();
        var left = a.Labels.Where(l => !batch.Contains(l) && !inner.Contains(l)).ToImmutableArray();
        var right = b.Labels.Where(l => !batch.Contains(l) && !inner.Contains(l)).ToImmutableArray();
        ImmutableArray<string> result = [.. batch, .. left, .. right];
        if (inner.IsEmpty || (left.IsEmpty && right.IsEmpty))
        {
            ImmutableArray<string> labels = [.. result, .. inner];
            var product = new Term(emit.Emit("Mul", [Spread(emit, a, labels), Spread(emit, b, labels)]), labels);
            return Summed(emit, product, result.Contains);
        }

        var shape = Shape.Create([.. result.Select(l => a.Labels.Contains(l) && Size(emit, a, l).Constant != 1 ? Size(emit, a, l) : Size(emit, b.Labels.Contains(l) ? b : a, l))]);
        var matrix = emit.Emit("MatMul", [Matrix(emit, a, batch, left, inner), Matrix(emit, b, batch, inner, right)]);
        return new Term(emit.Reshape(matrix, shape), result);
    }

    // [batch…, rows, columns]; a matrix alone where the operand has nothing of the batch.
    private static ValueId Matrix(Emitter emit, Term term, ImmutableArray<string> batch, ImmutableArray<string> rows, ImmutableArray<string> columns)
    {
        var ordered = Ordered(emit, term, [.. batch.Where(term.Labels.Contains), .. rows, .. columns]);
        var dims = batch.Any(term.Labels.Contains) ? batch.Select(l => term.Labels.Contains(l) ? Size(emit, term, l) : Dim.One).ToList() : [];
        dims.Add(rows.Aggregate(Dim.One, (all, l) => all * Size(emit, term, l)));
        dims.Add(columns.Aggregate(Dim.One, (all, l) => all * Size(emit, term, l)));
        return emit.Reshape(ordered.Value, Shape.Create([.. dims]));
    }

    private static Term Summed(Emitter emit, Term term, Func<string, bool> keep)
    {
        ImmutableArray<long> gone = [.. Enumerable.Range(0, term.Labels.Length).Where(i => !keep(term.Labels[i])).Select(i => (long)i)];
        return gone.IsEmpty
            ? term
            : new Term(emit.Emit("ReduceSum", [term.Value], Attributes.Empty.With("axes", gone).With("keepdims", 0)), [.. term.Labels.Where(keep)]);
    }

    private static Term Without(Emitter emit, Term term, Func<string, bool> drop)
    {
        var shape = emit.ShapeOf(term.Value);
        var kept = Enumerable.Range(0, term.Labels.Length).Where(i => !drop(term.Labels[i])).ToList();
        return kept.Count == term.Labels.Length ? term : new Term(emit.Reshape(term.Value, Shape.Create([.. kept.Select(i => shape[i])])), [.. kept.Select(i => term.Labels[i])]);
    }

    private static Term Ordered(Emitter emit, Term term, ImmutableArray<string> labels)
    {
        ImmutableArray<long> perm = [.. labels.Select(l => (long)term.Labels.IndexOf(l))];
        return labels.SequenceEqual(term.Labels) ? term : new Term(emit.Emit("Transpose", [term.Value], Attributes.Empty.With("perm", perm)), labels);
    }

    // In this order of axes, with 1 where the term has none.
    private static ValueId Spread(Emitter emit, Term term, ImmutableArray<string> labels)
    {
        var ordered = Ordered(emit, term, [.. labels.Where(term.Labels.Contains)]);
        var dims = labels.Select(l => term.Labels.Contains(l) ? Size(emit, term, l) : Dim.One).SkipWhile((_, i) => !term.Labels.Contains(labels[i])).ToArray();
        return emit.Reshape(ordered.Value, Shape.Create(dims));
    }

    // A label twice in one operand: its diagonal, picked out of the flattened axes.
    private static Term? Diagonal(Emitter emit, Term term)
    {
        while (term.Labels.FirstOrDefault(l => term.Labels.Count(m => m == l) > 1) is { } label)
        {
            int first = term.Labels.IndexOf(label), second = term.Labels.IndexOf(label, first + 1);
            var shape = emit.ShapeOf(term.Value);
            if (shape[first] != shape[second] || shape[first].Constant is not { } size)
                return null;
            var others = Enumerable.Range(0, shape.Rank).Where(i => i != first && i != second).ToList();
            ImmutableArray<long> perm = [.. others.Append(first).Append(second).Select(i => (long)i)];
            var rest = others.Select(i => shape[i]).ToList();
            var flat = emit.Reshape(emit.Emit("Transpose", [term.Value], Attributes.Empty.With("perm", perm)), Shape.Create([.. rest, Dim.Of(size * size)]));
            var indices = emit.Builder.Constant(TensorData.Longs([size], [.. Enumerable.Range(0, (int)size).Select(i => i * (size + 1))]), "diagonal");
            var picked = emit.Emit("Gather", [flat, indices], Attributes.Empty.With("axis", others.Count));
            term = new Term(picked, [.. others.Select(i => term.Labels[i]), label]);
        }

        return term;
    }

    private static Dim Size(Emitter emit, Term term, string label) => emit.ShapeOf(term.Value)[term.Labels.IndexOf(label)];

    private readonly record struct Term(ValueId Value, ImmutableArray<string> Labels);
}
