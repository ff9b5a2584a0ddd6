using ILGPU;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>A tensor as [Outer, Axis, Inner], of which a thread works on one line along the axis; what the ops on lines want to know beside.</summary>
internal struct LineNumbers
{
    public int Lines, Axis, Inner;

    /// <summary>Results of a line.</summary>
    public int Kept;
    public int Smallest, Last, Exclusive, Reverse, HasValues, HasPositions;

    /// <summary>The first element of a line; the next is <see cref="Inner"/> further.</summary>
    public readonly int StartOf(int line, int length)
    {
        int outer = line / Inner;
        return outer * length * Inner + line - outer * Inner;
    }
}

/// <summary>What runs on the GPU for ops that look at elements in the order of an axis.</summary>
internal static class LineCode
{
    /// <summary>Position of the extremum: the first of equals, or the last. A NaN counts as the extremum.</summary>
    public static void ArgExtremum(ArrayView<float> x, ArrayView<long> y, LineNumbers n)
    {
        int line = Grid.GlobalIndex.X;
        if (line >= n.Lines)
            return;
        int start = n.StartOf(line, n.Axis), at = 0;
        float best = x[start];
        for (int a = 1; a < n.Axis && best <= float.PositiveInfinity; a++)
        {
            float value = x[start + a * n.Inner];
            bool better = n.Smallest != 0 ? value < best : value > best;
            if (!(value <= float.PositiveInfinity) || better || (n.Last != 0 && value == best))
            {
                best = value;
                at = a;
            }
        }

        y[line] = at;
    }

    /// <summary>A thread per element, which goes where as many elements come before it: the first of equals first, a NaN as larger than all numbers.</summary>
    public static void TopK(ArrayView<float> x, ArrayView<float> values, ArrayView<long> positions, LineNumbers n)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n.Lines * n.Axis)
            return;
        int line = i / n.Axis, own = i - line * n.Axis, start = n.StartOf(line, n.Axis), rank = 0;
        float value = x[start + own * n.Inner];
        bool isNan = !(value <= float.PositiveInfinity);
        for (int a = 0; a < n.Axis; a++)
        {
            float other = x[start + a * n.Inner];
            bool otherIsNan = !(other <= float.PositiveInfinity), equal = other == value || (isNan && otherIsNan);
            bool larger = otherIsNan || other > value, before = equal ? a < own : larger != (n.Smallest != 0);
            rank += before ? 1 : 0;
        }

        if (rank >= n.Kept)
            return;
        int to = n.StartOf(line, n.Kept) + rank * n.Inner;
        if (n.HasValues != 0)
            values[to] = value;
        if (n.HasPositions != 0)
            positions[to] = own;
    }

    /// <summary>Running sums, in the order of the axis or against it.</summary>
    public static void CumSum<T, TOp>(ArrayView<T> x, ArrayView<T> y, LineNumbers n)
        where T : unmanaged
        where TOp : struct, IBinaryOf<T>
    {
        int line = Grid.GlobalIndex.X;
        if (line >= n.Lines)
            return;
        int start = n.StartOf(line, n.Axis);
        T sum = default;
        for (int a = 0; a < n.Axis; a++)
        {
            int at = start + (n.Reverse != 0 ? n.Axis - 1 - a : a) * n.Inner;
            T next = TOp.Apply(sum, x[at]);
            if (n.Exclusive != 0)
                y[at] = sum;
            else
                y[at] = next;
            sum = next;
        }
    }
}
