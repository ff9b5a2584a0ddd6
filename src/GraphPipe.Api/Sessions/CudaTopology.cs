using GraphPipe.Bundle;
using GraphPipe.Planning;
using GraphPipe.Runtime.Cuda;

namespace GraphPipe;

/// <summary>What planners know of CUDA devices that are here: the driver's word instead of an H100's data sheet.</summary>
public static class CudaTopology
{
    /// <summary>
    /// What a GPU keeps for others than plans: the context, the kernels' code, cuBLAS. 300 to 600 MiB by size of the GPU on those that people report of; a small one, which has fewer multiprocessors to
    /// keep memory for, at most gives an eighth.
    /// </summary>
    public static readonly Bytes Reserve = new(768L << 20);

    /// <summary>
    /// The topology with the memory, less <see cref="Reserve"/>, and the arithmetic of the machine's GPUs; virtual devices of one GPU share both. A GPU that has a model by its name
    /// (<see cref="DeviceModel"/>) keeps the model's links and efficiency, since the driver does not tell them.
    /// </summary>
    /// <param name="topology">Devices that are no CUDA devices stay as they are.</param>
    /// <param name="gpus">Of <see cref="CudaDeviceProvider.Inspect"/>.</param>
    public static Topology Of(Topology topology, IReadOnlyList<CudaGpu> gpus)
    {
        var shares = topology.Devices.Select(GpuOf).OfType<int>().GroupBy(g => g).ToDictionary(g => g.Key, g => g.Count());
        var devices = topology.Devices.Select(d => GpuOf(d) is { } gpu && gpu < gpus.Count ? Known(d, gpus[gpu], shares[gpu]) : d).ToList();
        var first = devices.Find(d => GpuOf(d) is not null)?.Model;

        // A message between virtual devices of one GPU is read from and written to its memory.
        var within = shares.Count == 1 && topology.Devices.All(d => GpuOf(d) is not null) && first is not null ? new Link(first.Bandwidth * shares.Values.Single() / 2, first.LaunchCost) : (Link?)null;
        bool isOneGpu = within is not null && topology.Devices.Length > 1;
        return topology with { Devices = [.. devices], IntraNode = (isOneGpu ? within : first?.IntraNode) ?? topology.IntraNode, InterNode = first?.InterNode ?? topology.InterNode };
    }

    /// <summary>What operators cost on a GPU, or on one of several devices that share it and are busy at the same time. What the driver does not know and shows as 0 is the model's.</summary>
    public static DeviceModel ModelOf(CudaGpu gpu, int sharers = 1)
    {
        var known = DeviceModel.All.LastOrDefault(m => m != DeviceModel.Cpu && gpu.Name.Contains(m.Kind, StringComparison.OrdinalIgnoreCase));

        // Without NVLink, as far as anybody knows, neighbours are reached as the host is.
        var like = known ?? (gpu.Capability < new Version(8, 0) ? DeviceModel.V100 : gpu.Capability < new Version(9, 0) ? DeviceModel.A100 : DeviceModel.H100);
        return like with
        {
            Kind = "cuda",
            PeakFlops = (gpu.Processors.PeakFlops(gpu.Capability) is > 0 and var peak ? peak : like.PeakFlops) / sharers,
            Bandwidth = (gpu.Processors.Bandwidth is > 0 and var bandwidth ? bandwidth : like.Bandwidth) / sharers,
            Memory = MemoryOf(gpu, sharers),
            IntraNode = known is null ? like.Host : like.IntraNode,
            Source = $"the driver: {gpu.Name}, {gpu.Processors.Count} multiprocessors at {gpu.Processors.Kilohertz / 1000} MHz, memory at {gpu.Processors.MemoryKilohertz / 1000} MHz and {gpu.Processors.MemoryBits} bits; links and efficiency of {like.Kind}",
        };
    }

    /// <summary>The GPU that a device is on; null if it is no CUDA device.</summary>
    public static int? GpuOf(TopologyDevice device) => device.Name.Contains(':', StringComparison.Ordinal) ? CudaDeviceProvider.GpuOf(DeviceName.Parse(device.Name)) : null;

    private static TopologyDevice Known(TopologyDevice device, CudaGpu gpu, int sharers) => device with
    {
        Memory = MemoryOf(gpu, sharers),
        Model = ModelOf(gpu, sharers),
    };

    private static Bytes MemoryOf(CudaGpu gpu, int sharers) => new((gpu.Memory.Value - Math.Min(Reserve.Value, gpu.Memory.Value / 8)) / sharers);
}
