using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>
/// Recognises the sample's own number among indices, the <c>arange(N)</c> of <c>x[arange(N), index]</c>: what is picked by it is picked within each
/// sample, whichever samples a micro-batch holds.
/// </summary>
internal static class SampleNumbers
{
    /// <summary>The axis along which the value is 0 to N-1, the same everywhere else; null if it is not such a value.</summary>
    public static int? AxisOf(DecompositionContext c, ValueId value)
    {
        if (c.Producer(value) is not { } op || c.Emit.TypeOf(value).Shape is not { } shape)
            return null;
        if (op.Is("Range"))
            return shape[0] == Dim.Batch && All(c, op.Operands[0], 0) && All(c, op.Operands[2], 1) ? 0 : null;
        if (op.Is("Cast"))
            return AxisOf(c, op.Operands[0]);
        if (op.Is("Expand"))
            return Broadcast(c, op.Operands[0], shape);
        if (op.Is("Reshape"))
            return Reshaped(c, op.Operands[0], shape);
        if (op.Is("Add"))
            return All(c, op.Operands[0], 0) ? Broadcast(c, op.Operands[1], shape) : All(c, op.Operands[1], 0) ? Broadcast(c, op.Operands[0], shape) : null;
        return null;
    }

    /// <summary>
    /// The index within the sample where a value is <c>number·length + index</c> with the sample's own number along axis 0: an index into samples of
    /// that length that lie one behind the other. Null otherwise.
    /// </summary>
    public static ValueId? Within(DecompositionContext c, ValueId value, long length)
    {
        if (c.Producer(value) is not { } sum || !sum.Is("Add"))
            return null;
        int rank = c.ShapeOf(value).Rank;
        for (int side = 0; side < 2; side++)
        {
            if (c.Producer(sum.Operands[side]) is not { } product || !product.Is("Mul"))
                continue;
            int number = All(c, product.Operands[0], length) ? 1 : All(c, product.Operands[1], length) ? 0 : -1;
            if (number >= 0 && AxisOf(c, product.Operands[number]) is { } axis && axis + rank - c.ShapeOf(product.Operands[number]).Rank == 0)
                return sum.Operands[1 - side];
        }

        return null;
    }

    /// <summary>True for a constant whose elements all have this value.</summary>
    public static bool All(DecompositionContext c, ValueId value, long wanted) =>
        c.Constant(value) is { Count: > 0 } data && data.Type.IsInteger() && data.ToLongs().All(v => v == wanted);

    // The numbers alone may go anywhere; what repeats them must stay behind them.
    private static int? Reshaped(DecompositionContext c, ValueId value, Shape to)
    {
        if (AxisOf(c, value) is not { } axis)
            return null;
        var from = c.ShapeOf(value);
        return from.Elements == Dim.Batch ? to.Dims.IndexOf(Dim.Batch) : axis == 0 && to.Rank > 0 && to[0] == Dim.Batch ? 0 : null;
    }

    private static int? Broadcast(DecompositionContext c, ValueId value, Shape to) => AxisOf(c, value) is { } axis ? axis + to.Rank - c.ShapeOf(value).Rank : null;
}
