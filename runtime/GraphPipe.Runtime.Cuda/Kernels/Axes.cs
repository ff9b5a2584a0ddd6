using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>The attributes <c>axis</c> and <c>axes</c>.</summary>
internal static class Axes
{
    /// <summary>From 0, also where the model counts from the end.</summary>
    public static int Of(Attributes attributes, int rank, int otherwise = 0)
    {
        int axis = (int)attributes.Int("axis", otherwise);
        return axis < 0 ? axis + rank : axis;
    }

    /// <summary>For each axis whether a reduction folds it; all of them if the attribute is absent.</summary>
    public static bool[] Folded(Attributes attributes, int rank)
    {
        bool[] folded = new bool[rank];
        if (attributes.Ints("axes") is not { } axes)
        {
            Array.Fill(folded, true);
            return folded;
        }

        foreach (long axis in axes)
            folded[axis < 0 ? axis + rank : axis] = true;
        return folded;
    }

    /// <summary>The shape with ones on the folded axes: what a reduction gives with <c>keepdims</c>.</summary>
    public static long[] Kept(ReadOnlySpan<long> shape, bool[] folded)
    {
        long[] kept = shape.ToArray();
        for (int axis = 0; axis < kept.Length; axis++)
            kept[axis] = folded[axis] ? 1 : kept[axis];
        return kept;
    }
}
