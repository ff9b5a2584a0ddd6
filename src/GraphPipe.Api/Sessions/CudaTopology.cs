using GraphPipe.Bundle;
using GraphPipe.Planning;
using GraphPipe.Runtime.Cuda;

namespace GraphPipe;

/// <summary>What planners know of CUDA devices that are here: the driver's word instead of an H100's data sheet.</summary>
public static class CudaTopology
{
    /// <summary>
    /// The topology with the memory and the arithmetic of the machine's GPUs; virtual devices of one GPU share its memory. A GPU that has a model by its name
    /// (<see cref="DeviceModel"/>) keeps the model's links and efficiency, since the driver does not tell them.
    /// </summary>
    /// <param name="topology">Devices that are no CUDA devices stay as they are.</param>
    /// <param name="gpus">Of <see cref="CudaDeviceProvider.Inspect"/>.</param>
    public static Topology Of(Topology topology, IReadOnlyList<CudaGpu> gpus)
    {
        var shares = topology.Devices.Select(GpuOf).OfType<int>().GroupBy(g => g).ToDictionary(g => g.Key, g => g.Count());
        var devices = topology.Devices.Select(d => GpuOf(d) is { } gpu && gpu < gpus.Count ? Known(d, gpus[gpu], shares[gpu]) : d).ToList();
        var first = devices.Find(d => GpuOf(d) is not null)?.Model;
        return topology with { Devices = [.. devices], IntraNode = first?.IntraNode ?? topology.IntraNode, InterNode = first?.InterNode ?? topology.InterNode };
    }

    /// <summary>What operators cost on a GPU.</summary>
    public static DeviceModel ModelOf(CudaGpu gpu)
    {
        var known = DeviceModel.All.LastOrDefault(m => m != DeviceModel.Cpu && gpu.Name.Contains(m.Kind, StringComparison.OrdinalIgnoreCase));

        // Without NVLink, as far as anybody knows, neighbours are reached as the host is.
        var like = known ?? (gpu.Capability < new Version(8, 0) ? DeviceModel.V100 : gpu.Capability < new Version(9, 0) ? DeviceModel.A100 : DeviceModel.H100);
        return like with
        {
            Kind = "cuda",
            PeakFlops = gpu.Processors.PeakFlops(gpu.Capability),
            Bandwidth = gpu.Processors.Bandwidth,
            Memory = gpu.Memory,
            IntraNode = known is null ? like.Host : like.IntraNode,
            Source = $"the driver: {gpu.Name}, {gpu.Processors.Count} multiprocessors at {gpu.Processors.Kilohertz / 1000} MHz, memory at {gpu.Processors.MemoryKilohertz / 1000} MHz and {gpu.Processors.MemoryBits} bits; links and efficiency of {like.Kind}",
        };
    }

    /// <summary>The GPU that a device is on; null if it is no CUDA device.</summary>
    public static int? GpuOf(TopologyDevice device) => device.Name.Contains(':', StringComparison.Ordinal) ? CudaDeviceProvider.GpuOf(DeviceName.Parse(device.Name)) : null;

    private static TopologyDevice Known(TopologyDevice device, CudaGpu gpu, int sharers) => device with
    {
        Memory = new Bytes(gpu.Memory.Value / sharers),
        Model = ModelOf(gpu),
    };
}
