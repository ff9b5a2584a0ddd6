using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// A modelled device: enough to predict an operator's time from its work. A launch costs <see cref="LaunchCost"/>; the rest is the larger of
/// the arithmetic at the efficiency that its size reaches and the memory traffic (the roofline of Williams et al., CACM 52(4), 2009).
/// </summary>
/// <param name="Kind">The name in <c>8xv100@4</c> and in topology files.</param>
/// <param name="PeakFlops">Float32 operations per microsecond.</param>
/// <param name="Bandwidth">Bytes of device memory per microsecond.</param>
/// <param name="LaunchCost">Time of an operator that does nothing.</param>
/// <param name="Efficiency">Share of the peak that large products reach.</param>
/// <param name="HalfFlops">Operations in one operator at which half of that share is reached; smaller ones are taken to run at half, too, and to be dominated by the launch.</param>
/// <param name="Memory">Memory of the device.</param>
/// <param name="IntraNode">Link to a device of the same node.</param>
/// <param name="InterNode">Link to a device of another node.</param>
/// <param name="Host">Copies between the device's memory and the host's, one direction; both at once are as fast.</param>
/// <param name="HostMemory">The device's share of its node's memory.</param>
/// <param name="Source">Where the figures are from.</param>
public sealed record DeviceModel(
    string Kind,
    double PeakFlops,
    double Bandwidth,
    Microseconds LaunchCost,
    double Efficiency,
    double HalfFlops,
    Bytes Memory,
    Link IntraNode,
    Link InterNode,
    Link Host,
    Bytes HostMemory,
    string Source)
{
    private const long GiB = 1L << 30;

    /// <summary>A core of the machine that the kernels were tried on.</summary>
    public static readonly DeviceModel Cpu = new(
        "cpu", 117e3, 12e3, new(0.5), 0.75, 2e6, new(16 * GiB), new(10e3, new(2)), new(1250, new(30)), new(5e3, new(5)), new(16 * GiB),
        "architecture.md: 2-core Zen 4, one thread, 117 GFLOP/s peak, 72 to 98 reached by size; links are copies in memory and 10 Gbit/s Ethernet; a copy to host memory is one in memory, at half the speed because it shares the memory with what computes");

    public static readonly DeviceModel V100 = new(
        "v100", 15.7e6, 900e3, new(5), 0.9, 2e9, new(16 * GiB), new(150e3, new(5)), new(12e3, new(10)), new(12e3, new(10)), new(64 * GiB),
        "NVIDIA Tesla V100 datasheet (SXM2, 16 GB): 15.7 TFLOP/s float32, 900 GB/s, NVLink 150 GB/s a direction; 100 Gbit/s InfiniBand between nodes (Summit, arXiv 2406.17145 section 7); PCIe 3.0 x16, 12 of 15.75 GB/s; DGX-1, 512 GB for eight");

    public static readonly DeviceModel A100 = new(
        "a100", 19.5e6, 1555e3, new(4), 0.9, 2e9, new(40 * GiB), new(300e3, new(4)), new(25e3, new(8)), new(25e3, new(10)), new(128 * GiB),
        "NVIDIA A100 datasheet (SXM, 40 GB): 19.5 TFLOP/s float32 without TF32, 1,555 GB/s, NVLink 300 GB/s a direction; 200 Gbit/s InfiniBand; PCIe 4.0 x16, 25 of 31.5 GB/s; DGX A100, 1 TB for eight");

    public static readonly DeviceModel H100 = new(
        "h100", 67e6, 3350e3, new(3.5), 0.85, 6e9, new(80 * GiB), new(450e3, new(4)), new(50e3, new(7)), new(50e3, new(10)), new(256 * GiB),
        "NVIDIA H100 datasheet (SXM5): 67 TFLOP/s float32, 3.35 TB/s, NVLink 450 GB/s a direction; 400 Gbit/s InfiniBand; PCIe 5.0 x16, 50 of 63 GB/s; DGX H100, 2 TB for eight");

    public static readonly DeviceModel H200 = new(
        "h200", 67e6, 4800e3, new(3.5), 0.85, 6e9, new(141 * GiB), new(450e3, new(4)), new(50e3, new(7)), new(50e3, new(10)), new(256 * GiB),
        "NVIDIA H200 datasheet (SXM5): 67 TFLOP/s float32, 4.8 TB/s, NVLink 450 GB/s a direction; 400 Gbit/s InfiniBand; PCIe 5.0 x16, 50 of 63 GB/s; DGX H200, 2 TB for eight");

    /// <summary>Every modelled device, by kind.</summary>
    public static readonly ImmutableArray<DeviceModel> All = [Cpu, V100, A100, H100, H200];

    /// <returns>Null if there is no such model.</returns>
    public static DeviceModel? Find(string kind) => All.FirstOrDefault(m => m.Kind == kind);

    /// <summary>The model of a kind of device where nothing is known of the device itself: a GPU (<c>cuda</c>, <c>cuda0x</c>) is taken for an H100, what has no model for a CPU.</summary>
    public static DeviceModel Of(string kind) => Find(kind) ?? (kind.StartsWith("cuda", StringComparison.Ordinal) ? H100 : Cpu);

    /// <summary>The link to the host of a kind of device.</summary>
    public static Link HostLinkOf(string kind) => Of(kind).Host;

    /// <summary>Predicted time of one operator.</summary>
    /// <param name="flops">Floating point operations (a multiply-add is two).</param>
    /// <param name="bytes">Bytes read and written in device memory.</param>
    public Microseconds Time(double flops, double bytes)
    {
        // Efficiency grows with the size as flops / (flops + HalfFlops), from half upwards.
        double arithmetic = (flops + Math.Min(flops, HalfFlops)) / (PeakFlops * Efficiency);
        return LaunchCost + new Microseconds(Math.Max(arithmetic, bytes / Bandwidth));
    }
}
