using GraphPipe.Bundle;
using GraphPipe.Planning;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>Plans for CUDA devices that are here use what the driver says of them.</summary>
[Collection(nameof(OneDriver))]
public sealed class TopologyTests
{
    /// <summary>Expected figures are those of NVIDIA's data sheets; clocks and widths are what the driver shows for these GPUs.</summary>
    [Theory]
    [InlineData("NVIDIA A100-SXM4-40GB", "8.0", 108, 1_410_000, 1_215_000, 5120, 19.5e6, 1555e3)]
    [InlineData("Tesla V100-SXM2-16GB", "7.0", 80, 1_530_000, 877_000, 4096, 15.7e6, 900e3)]
    [InlineData("NVIDIA H100 80GB HBM3", "9.0", 132, 1_980_000, 2_619_000, 5120, 67e6, 3350e3)]
    [InlineData("NVIDIA GeForce RTX 3090", "8.6", 82, 1_695_000, 9_751_000, 384, 35.6e6, 936e3)]
    public void Arithmetic_and_bandwidth_are_those_of_the_data_sheet(string name, string capability, int processors, int clock, int memoryClock, int bits, double flops, double bandwidth)
    {
        var model = CudaTopology.ModelOf(new CudaGpu(0, name, Version.Parse(capability), new Bytes(1L << 34), new GpuProcessors(processors, clock, memoryClock, bits), null));
        Assert.Equal(flops, model.PeakFlops, flops * 0.01);
        Assert.Equal(bandwidth, model.Bandwidth, bandwidth * 0.01);
    }

    [Fact]
    public void A_known_gpu_has_its_links_and_an_unknown_one_those_to_the_host()
    {
        var processors = new GpuProcessors(80, 1_530_000, 877_000, 4096);
        Assert.Equal(DeviceModel.V100.IntraNode, CudaTopology.ModelOf(new CudaGpu(0, "Tesla V100-SXM2-16GB", new Version(7, 0), new Bytes(1), processors, null)).IntraNode);
        Assert.Equal(DeviceModel.A100.Host, CudaTopology.ModelOf(new CudaGpu(0, "NVIDIA RTX A4000", new Version(8, 6), new Bytes(1), processors, null)).IntraNode);
    }

    /// <summary>Newer GPUs have no memory clock to tell: 0 would make every operator take for ever.</summary>
    [Fact]
    public void What_the_driver_shows_as_nought_is_the_models()
    {
        var model = CudaTopology.ModelOf(new CudaGpu(0, "NVIDIA H100 80GB HBM3", new Version(9, 0), new Bytes(1L << 36), new GpuProcessors(132, 0, 0, 5120), null));
        Assert.Equal((DeviceModel.H100.PeakFlops, DeviceModel.H100.Bandwidth), (model.PeakFlops, model.Bandwidth));
    }

    /// <summary>Of 80 GiB a stated part stays with the driver, of 4 GiB an eighth.</summary>
    [Theory]
    [InlineData(80L << 30, 768L << 20)]
    [InlineData(4L << 30, 512L << 20)]
    public void Plans_leave_memory_to_the_driver(long memory, long reserve)
    {
        var gpu = new CudaGpu(0, "Tesla V100-SXM2-16GB", new Version(7, 0), new Bytes(memory), new GpuProcessors(80, 1_530_000, 877_000, 4096), null);
        Assert.Equal(memory - reserve, CudaTopology.Of(Topology.Of(DeviceMesh.Parse("cuda:0")), [gpu]).Devices[0].Memory.Value);
    }

    /// <summary>The mock shows eight multiprocessors at 1.41 GHz with 64 lanes, 5120 bits at 1.215 GHz: 1.44 TFLOP/s, 1555 GB/s.</summary>
    [Fact]
    public void Figures_are_the_gpus_and_virtual_devices_share_them()
    {
        MockLibrary.Configure("memory=1000000000");
        var gpus = new CudaDeviceProvider(MockLibrary.Path).Inspect();
        var own = CudaTopology.Of(Topology.Of(DeviceMesh.Parse("cuda:0,1")), gpus);
        Assert.All(own.Devices, d => Assert.Equal(875_000_000, d.Memory.Value));
        Assert.Equal(8 * 64 * 2 * 1410.0, own.Devices[0].Model.PeakFlops, 1e-6);
        Assert.Equal(1_555_200, own.Devices[0].Model.Bandwidth, 1e-6);
        var shared = CudaTopology.Of(Topology.Of(DeviceMesh.Parse("cuda:0x4")), gpus);
        Assert.All(shared.Devices, d => Assert.Equal(218_750_000, d.Memory.Value));
        Assert.All(shared.Devices, d => Assert.Equal(8 * 64 * 2 * 1410.0 / 4, d.Model.PeakFlops, 1e-6));
        Assert.All(shared.Devices, d => Assert.Equal(1_555_200 / 4.0, d.Model.Bandwidth, 1e-6));
        Assert.Equal(1_555_200 / 2.0, shared.IntraNode.BytesPerMicrosecond, 1e-6);
        var cpu = Topology.Of(DeviceMesh.Cpu(2));
        Assert.Equal(cpu.Devices, CudaTopology.Of(cpu, gpus).Devices);
        Assert.Equal(cpu.IntraNode, CudaTopology.Of(cpu, gpus).IntraNode);
    }
}
