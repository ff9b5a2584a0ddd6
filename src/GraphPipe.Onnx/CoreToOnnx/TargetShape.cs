using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Onnx;

/// <summary>The shape operand of Reshape and Expand, from the type of the result.</summary>
internal sealed class TargetShape(ConversionContext context)
{
    /// <summary>Constants, 0 ("as in the operand") and one -1 where that says it all, else a shape computed from the number of samples.</summary>
    public ValueId? OfReshape(Op op)
    {
        var from = context.SourceType(op.Operands[0]).KnownShape;
        var to = context.SourceType(op.Result).KnownShape;
        bool hasZero = to.Any(d => d.Constant == 0);
        long[] target = new long[to.Rank];
        int open = 0;
        for (int i = 0; i < target.Length; i++)
        {
            if (to[i].Constant is { } number)
                target[i] = number;
            else if (i < from.Rank && from[i] == to[i])
                target[i] = 0;
            else
                target[i] = open++ == 0 ? -1 : 0;
        }

        return open <= 1 && !hasZero ? context.Longs(target) : Computed(op, to);
    }

    /// <summary>As for Reshape, with 1 for the dimensions that the operand has already.</summary>
    public ValueId? OfExpand(Op op)
    {
        var from = context.SourceType(op.Operands[0]).KnownShape;
        var to = context.SourceType(op.Result).KnownShape;
        long[] target = new long[to.Rank];
        for (int i = 0; i < target.Length; i++)
        {
            int source = i - (to.Rank - from.Rank);
            if (to[i].Constant is { } number)
                target[i] = number;
            else if (source >= 0 && from[source] == to[i])
                target[i] = 1;
            else
                return Computed(op, to);
        }

        return context.Longs(target);
    }

    private ValueId? Computed(Op op, Shape shape)
    {
        var parts = new List<ValueId>();
        var numbers = new List<long>();
        foreach (var dim in shape)
        {
            if (dim.Constant is { } number)
            {
                numbers.Add(number);
                continue;
            }

            if (numbers.Count > 0)
                parts.Add(context.Longs([.. numbers]));
            numbers.Clear();
            if (Dimension(op, dim) is not { } part)
                return null;
            parts.Add(part);
        }

        if (numbers.Count > 0)
            parts.Add(context.Longs([.. numbers]));
        return parts.Count == 1
            ? parts[0]
            : context.Emit("Concat", op.Location, "target_shape", new TensorType(DType.I64, Shape.Of(shape.Rank)), Attributes.Empty.With("axis", 0), [.. parts]);
    }

    private ValueId? Dimension(Op op, Dim dim)
    {
        if (BatchPolynomial.Of(dim) is not { } polynomial)
        {
            context.Fail($"dimension {dim} is not computed from the number of samples", op);
            return null;
        }

        if (context.Batch(op) is not { } n)
            return null;

        // (Square·N + Factor)·N + Offset
        var sum = polynomial.Square == 0 ? context.Longs(polynomial.Factor) : Add(op, Multiply(op, n, polynomial.Square), polynomial.Factor);
        var product = polynomial is { Square: 0, Factor: 1 } ? n : Emit(op, "Mul", n, sum);
        return Add(op, product, polynomial.Offset);
    }

    private ValueId Multiply(Op op, ValueId value, long factor) => factor == 1 ? value : Emit(op, "Mul", value, context.Longs(factor));

    private ValueId Add(Op op, ValueId value, long term) => term == 0 ? value : Emit(op, "Add", value, context.Longs(term));

    private ValueId Emit(Op op, string type, ValueId a, ValueId b) =>
        context.Emit(type, op.Location, "target_dim", new TensorType(DType.I64, Shape.Of(1)), Attributes.Empty, a, b);
}
