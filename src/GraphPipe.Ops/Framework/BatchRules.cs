using GraphPipe.Bundle;

namespace GraphPipe.Ops;

/// <summary>Batch rules that many operators share.</summary>
public static class BatchRules
{
    /// <summary>Elementwise with numpy broadcasting: operands that have samples must have them in the same place, counted from the last axis.</summary>
    public static BatchLayout? Broadcast(BatchContext c)
    {
        if (c.ResultCount == 0 || c.Op.Results[0].IsNone)
            return null;
        int rank = c.ResultShape(0).Rank;
        BatchLayout? layout = null;
        for (int i = 0; i < c.OperandCount; i++)
        {
            if (c.Layout(i) is not { } own)
                continue;
            var moved = own with { Axis = own.Axis + rank - c.Shape(i).Rank };
            if (layout is not null && layout != moved)
                c.Mixes("its operands have the samples along different axes");
            layout = moved;
        }

        return layout;
    }

    /// <summary>The first operand's layout stays; the op works along <paramref name="axis"/>, which must not be the one with the samples.</summary>
    public static BatchLayout? Along(BatchContext c, int axis, string what)
    {
        var layout = c.Layout(0);
        if (layout is not null && layout.Axis == axis)
            c.Mixes($"{what} runs over the samples (axis {axis})");
        return layout;
    }

    /// <summary>
    /// A value under another shape with the same elements in the same order. With P entries in front of the samples' axis and inside it, and S
    /// behind, sample i holds the entries p·N·S + i·S + s; so the result must have one axis that splits at P and S again.
    /// </summary>
    public static BatchLayout? Reshape(BatchLayout? layout, Shape from, Shape to)
    {
        if (layout is null)
            return null;
        long outer = layout.Outer;
        for (int i = 0; i < layout.Axis; i++)
        {
            if (from[i].Constant is not { } size)
                return null;
            outer *= size;
        }

        long inner = layout.Inner;
        for (int i = layout.Axis + 1; i < from.Rank; i++)
        {
            if (from[i].Constant is not { } size)
                return null;
            inner *= size;
        }

        long before = 1;
        for (int axis = 0; axis < to.Rank; axis++)
        {
            if (to[axis].MultipleOf(Dim.BatchSymbol) is { } factor)
            {
                long behind = 1;
                for (int i = axis + 1; i < to.Rank; i++)
                    behind *= to[i].Constant ?? 0;
                if (before == 0 || behind == 0 || outer % before != 0 || inner % behind != 0)
                    return null;
                var result = new BatchLayout(axis, outer / before, inner / behind);
                return result.Outer * result.Inner == factor ? result : null;
            }

            before *= to[axis].Constant ?? 0;
        }

        return null;
    }

    /// <summary>The layout of a value that no rule told: the one axis whose length is N.</summary>
    public static BatchLayout? FromShape(Shape shape)
    {
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            if (shape[axis] == Dim.Batch)
                return new BatchLayout(axis);
        }

        return null;
    }
}
