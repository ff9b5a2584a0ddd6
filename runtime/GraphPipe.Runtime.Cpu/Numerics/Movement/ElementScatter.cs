using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>How an update meets what is there.</summary>
public interface IScatterUpdate<T>
{
    static abstract T Apply(T old, T update);
}

/// <summary>The update replaces what is there.</summary>
public readonly struct ScatterNone<T> : IScatterUpdate<T>
{
    public static T Apply(T old, T update) => update;
}

/// <summary>Sum.</summary>
public readonly struct ScatterAdd : IScatterUpdate<float>
{
    public static float Apply(float old, float update) => old + update;
}

/// <summary>Product.</summary>
public readonly struct ScatterMul : IScatterUpdate<float>
{
    public static float Apply(float old, float update) => old * update;
}

/// <summary>Larger of both.</summary>
public readonly struct ScatterMax : IScatterUpdate<float>
{
    public static float Apply(float old, float update) => MathF.Max(old, update);
}

/// <summary>Smaller of both.</summary>
public readonly struct ScatterMin : IScatterUpdate<float>
{
    public static float Apply(float old, float update) => MathF.Min(old, update);
}

/// <summary>Elements written where an index tensor says along one axis: ONNX ScatterElements.</summary>
public static unsafe class ElementScatter
{
    /// <summary>
    /// <c>y[…, indices[…, i, …], …] = f(y[…], updates[…, i, …])</c>, row-major, for rows from ≤ r &lt; to of the indices. Threads that share the work take
    /// whole groups of <see cref="ElementGatherPlan.RowsOfGroup"/>, so that the last of two updates of one element wins.
    /// </summary>
    /// <returns>-1, or the position of an index that is out of range.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long Run<T, TIndex, TUpdate>(in ElementGatherPlan plan, TIndex* indices, T* updates, T* y, long from, long to)
        where T : unmanaged
        where TIndex : unmanaged
        where TUpdate : struct, IScatterUpdate<T>
    {
        int last = plan.Rank - 1;
        long length = plan.Dims[last], axisStride = plan.Strides[plan.Axis], step = plan.Axis == last ? 0 : 1;
        for (long row = from; row < to; row++)
        {
            T* target = y + ElementGather.RowOffset(plan, row);
            for (long i = 0, at = row * length; i < length; i++, at++)
            {
                long index = Gather.Index(indices, at);
                if (index < 0) index += plan.AxisLength;
                if ((ulong)index >= (ulong)plan.AxisLength) return at;
                T* element = target + i * step + index * axisStride;
                *element = TUpdate.Apply(*element, updates[at]);
            }
        }

        return -1;
    }
}
