using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>The attributes <c>axis</c> and <c>axes</c>, the same for the kernels of every device.</summary>
public static class Axes
{
    /// <summary>The attribute <c>axis</c>, from 0 also where the model counts from the end.</summary>
    public static int Of(Attributes attributes, int rank, int otherwise = 0)
    {
        int axis = (int)attributes.Int("axis", otherwise);
        return axis < 0 ? axis + rank : axis;
    }

    /// <summary>The attribute <c>axes</c> of a reduction: bit i is set where axis i is folded; all of them if the attribute is absent.</summary>
    public static ulong Folded(Attributes attributes, int rank)
    {
        if (attributes.Ints("axes") is not { } axes)
            return (1UL << rank) - 1;
        ulong mask = 0;
        foreach (long axis in axes)
            mask |= 1UL << (int)(axis < 0 ? axis + rank : axis);
        return mask;
    }

    /// <summary>Whether a reduction with these axes folds one of them.</summary>
    public static bool IsFolded(ulong mask, int axis) => ((mask >> axis) & 1) != 0;

    /// <summary>The shape with ones on the folded axes: what a reduction gives with <c>keepdims</c>.</summary>
    public static long[] Kept(ReadOnlySpan<long> shape, ulong mask)
    {
        long[] kept = shape.ToArray();
        for (int axis = 0; axis < kept.Length; axis++)
            kept[axis] = IsFolded(mask, axis) ? 1 : kept[axis];
        return kept;
    }
}
