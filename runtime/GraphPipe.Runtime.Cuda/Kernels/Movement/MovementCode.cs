using GraphPipe.Runtime.Cuda.Numerics;
using ILGPU;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>A value for every element.</summary>
internal struct FillNumbers
{
    public int Count;

    /// <summary>The element's bits, lowest first.</summary>
    public long Bits;
}

/// <summary>Which triangle.</summary>
internal struct TriangleNumbers
{
    public int Count, Rows, Columns, Upper;
    public long Diagonal;
}

/// <summary>Sizes of a linear function along an axis.</summary>
internal struct WeighNumbers
{
    public int Count, Inputs, Outputs, Inner;
}

/// <summary>What runs on the GPU for ops that only move elements.</summary>
internal static class MovementCode
{
    /// <summary>The map's operand A is the source, B the target.</summary>
    public static void Copy<T>(ArrayView<T> x, ArrayView<T> y, StridedMap map)
        where T : unmanaged
    {
        int i = Grid.GlobalIndex.X;
        if (i >= map.Count)
            return;
        var at = map.At(i);
        y[at.B] = x[at.A];
    }

    public static void Fill<T, TOp>(ArrayView<T> y, FillNumbers n)
        where T : unmanaged
        where TOp : struct, IConversion<long, T>
    {
        int i = Grid.GlobalIndex.X;
        if (i < n.Count)
            y[i] = TOp.Apply(n.Bits);
    }

    /// <summary>
    /// The gradient of a copy from B to A that may read elements several times: a thread per element that is read, over the walk of those that it is copied to, which
    /// are added to what is there.
    /// </summary>
    public static void AddBack(ArrayView<float> dy, ArrayView<float> dx, ReductionNumbers n)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n.Kept.Count)
            return;
        var at = n.Kept.At(i);
        float sum = dx[at.B];
        for (int k = 0; k < n.Folded.Count; k++)
            sum += dy[at.A + n.Folded.At(k).A];
        dx[at.B] = sum;
    }

    /// <summary>The upper or lower triangle of matrices of which the last axis has <see cref="TriangleNumbers.Columns"/>.</summary>
    public static void Triangle<T>(ArrayView<T> x, ArrayView<T> y, TriangleNumbers n)
        where T : unmanaged
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n.Count)
            return;
        int row = i / n.Columns, column = i - row * n.Columns;
        long diagonal = row % n.Rows + n.Diagonal;
        if (n.Upper != 0 ? column >= diagonal : column <= diagonal)
            y[i] = x[i];
        else
            y[i] = default;
    }

    /// <summary>y[outer, j, inner] = Σ weight·x[outer, source, inner], in the order of the table.</summary>
    public static void Weigh(ArrayView<float> x, ArrayView<int> starts, ArrayView<int> sources, ArrayView<float> weights, ArrayView<float> y, WeighNumbers n)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n.Count)
            return;
        int row = i / n.Inner, inner = i - row * n.Inner, outer = row / n.Outputs, own = row - outer * n.Outputs;
        float sum = 0f;
        for (int k = starts[own]; k < starts[own + 1]; k++)
            sum += weights[k] * x[(outer * n.Inputs + sources[k]) * n.Inner + inner];
        y[i] = sum;
    }
}
