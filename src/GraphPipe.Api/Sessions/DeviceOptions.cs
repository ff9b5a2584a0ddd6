using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Runtime.Ort;

namespace GraphPipe;

/// <summary>How a pipeline runs on the devices of this machine.</summary>
public sealed record DeviceOptions
{
    /// <summary>Threads of each CPU device; null shares the machine's cores out evenly.</summary>
    public int? ThreadsPerDevice { get; init; }

    /// <inheritdoc cref="ExecutorOptions.StallTimeout"/>
    public TimeSpan? StallTimeout { get; init; }

    /// <inheritdoc cref="ExecutorOptions.Dispatch"/>
    public Dispatch Dispatch { get; init; }

    /// <summary>Executes ops that have no kernel of ours, and says so (<see cref="PipelineExecutor.Notes"/>); null: such ops are an error.</summary>
    public IKernelFallback? Fallback { get; init; } = new OrtFallback();

    /// <summary>Keep the time of every kernel call for so many runs of each function (<see cref="PipelineExecutor.Clocks"/>); 0 for none.</summary>
    public int ClockedRuns { get; init; }

    /// <summary>
    /// Opens CUDA devices; sessions that share it share compiled kernels. The system's driver by default, loaded when a CUDA device is opened.
    /// </summary>
    public CudaDeviceProvider Cuda { get; init; } = new();

    internal IReadOnlyList<IDeviceProvider> DeviceProviders() => [new CpuDeviceProvider(ThreadsPerDevice, Fallback), Cuda];
}
