using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>
/// How the elements that an index tensor picks along one axis are walked: ONNX GatherElements. The index tensor has the data's rank and may be
/// smaller on the other axes. Made once when shapes are bound.
/// </summary>
public struct ElementGatherPlan
{
    /// <summary>At least one.</summary>
    public int Rank;

    public int Axis;

    /// <summary>Sizes of the index tensor.</summary>
    public Extents Dims;

    /// <summary>Strides of the data.</summary>
    public Extents Strides;

    /// <summary>Elements of the data along the axis.</summary>
    public long AxisLength;

    /// <summary>Runs of the index tensor along its last axis.</summary>
    public long Rows;

    /// <summary>Rows that share all coordinates before the axis: gradients of different groups never meet.</summary>
    public long RowsOfGroup;

    /// <exception cref="ArgumentException">More than eight axes.</exception>
    public static ElementGatherPlan Create(ReadOnlySpan<long> data, ReadOnlySpan<long> indices, int axis)
    {
        if (data.Length > Extents.MaxRank) throw new TooManyAxesException();
        var plan = new ElementGatherPlan { Rank = data.Length, Axis = axis, AxisLength = data[axis], Rows = 1, RowsOfGroup = 1 };
        long stride = 1;
        for (int i = data.Length - 1; i >= 0; i--)
        {
            plan.Dims[i] = indices[i];
            plan.Strides[i] = stride;
            stride *= data[i];
            if (i == data.Length - 1) continue;
            plan.Rows *= indices[i];
            if (i >= axis) plan.RowsOfGroup *= indices[i];
        }

        return plan;
    }
}

/// <summary>Elements picked along an axis, and the gradient: elements added back where they came from.</summary>
public static unsafe class ElementGather
{
    /// <summary><c>y[…, i, …] = x[…, indices[…, i, …], …]</c> for rows from ≤ r &lt; to. Negative indices count from the end.</summary>
    /// <returns>-1, or the position in <paramref name="indices"/> of one that is out of range; rows before its own are written.</returns>
    /// <typeparam name="T">Any type of the elements' size.</typeparam>
    /// <typeparam name="TIndex">int or long.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long Forward<T, TIndex>(in ElementGatherPlan plan, T* x, TIndex* indices, T* y, long from, long to)
        where T : unmanaged
        where TIndex : unmanaged
    {
        int last = plan.Rank - 1;
        long length = plan.Dims[last], axisStride = plan.Strides[plan.Axis], step = plan.Axis == last ? 0 : 1;
        for (long row = from; row < to; row++)
        {
            T* source = x + RowOffset(plan, row);
            for (long i = 0, at = row * length; i < length; i++, at++)
            {
                long index = Gather.Index(indices, at);
                if (index < 0) index += plan.AxisLength;
                if ((ulong)index >= (ulong)plan.AxisLength) return at;
                y[at] = source[i * step + index * axisStride];
            }
        }

        return -1;
    }

    /// <summary>
    /// <c>dx[…, indices[…, i, …], …] += dy[…, i, …]</c>, row-major, for rows from ≤ r &lt; to. The caller fills dx with zeros; threads that share
    /// the work take whole groups of <see cref="ElementGatherPlan.RowsOfGroup"/>.
    /// </summary>
    /// <returns>-1, or the position of an index that is out of range.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long Backward<TIndex>(in ElementGatherPlan plan, float* dy, TIndex* indices, float* dx, long from, long to)
        where TIndex : unmanaged
    {
        int last = plan.Rank - 1;
        long length = plan.Dims[last], axisStride = plan.Strides[plan.Axis], step = plan.Axis == last ? 0 : 1;
        for (long row = from; row < to; row++)
        {
            float* target = dx + RowOffset(plan, row);
            for (long i = 0, at = row * length; i < length; i++, at++)
            {
                long index = Gather.Index(indices, at);
                if (index < 0) index += plan.AxisLength;
                if ((ulong)index >= (ulong)plan.AxisLength) return at;
                target[i * step + index * axisStride] += dy[at];
            }
        }

        return -1;
    }

    /// <summary>Where in the data a row's elements lie, but for their index along the axis.</summary>
    internal static long RowOffset(in ElementGatherPlan plan, long row)
    {
        long offset = 0;
        for (int axis = plan.Rank - 2; axis >= 0; axis--)
        {
            if (axis != plan.Axis) offset += row % plan.Dims[axis] * plan.Strides[axis];
            row /= plan.Dims[axis];
        }

        return offset;
    }
}
