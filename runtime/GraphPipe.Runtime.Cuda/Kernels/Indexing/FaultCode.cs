using ILGPU;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>Reports from the GPU: <see cref="ValueFaults"/>.</summary>
internal static class FaultCode
{
    /// <summary>The first report of all threads and calls stands; the others are lost.</summary>
    public static void Report(ArrayView<long> fault, long number, long value)
    {
        if (Atomic.CompareExchange(ref fault[0], 0L, number) == 0L)
            fault[1] = value;
    }
}
