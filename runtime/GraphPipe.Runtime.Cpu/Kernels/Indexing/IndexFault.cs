namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Reports an index that the data does not have.</summary>
internal static unsafe class IndexFault
{
    /// <param name="fault">Where to.</param>
    /// <param name="position">Which of them; -1 for none, that is no fault.</param>
    /// <param name="axisLength">Indices end before it.</param>
    public static void Report<TIndex>(DataFault fault, TIndex* indices, long position, long axisLength)
        where TIndex : unmanaged
    {
        if (position >= 0)
            fault.Report("index {0} is outside an axis of length {1}", Numerics.Gather.Index(indices, position), axisLength);
    }
}
