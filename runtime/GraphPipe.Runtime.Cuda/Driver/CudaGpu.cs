using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Compilation;
using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>A GPU as the driver describes it.</summary>
/// <param name="Number">As in <c>cuda:1</c>.</param>
/// <param name="Capability">Compute capability.</param>
/// <param name="Memory">All of its memory.</param>
/// <param name="Processors">Multiprocessors, their clock and the memory's width.</param>
/// <param name="Problem">Why it can't be used; null if it can.</param>
public sealed record CudaGpu(int Number, string Name, Version Capability, Bytes Memory, GpuProcessors Processors, string? Problem)
{
    private const int ClockRate = 13;
    private const int MultiprocessorCount = 16;
    private const int MemoryClockRate = 36;
    private const int MemoryBusWidth = 37;
    private const int MajorCapability = 75;
    private const int MinorCapability = 76;

    /// <summary>The driver's handle.</summary>
    internal int Device { get; private init; }

    internal static unsafe CudaGpu Of(CudaDriver driver, int number)
    {
        int device = 0;
        nuint bytes = 0;
        driver.Check(driver.DeviceGet(&device, number), "cuDeviceGet");
        driver.Check(driver.DeviceTotalMemory(&bytes, device), "cuDeviceTotalMem");
        var capability = new Version(driver.AttributeOf(device, MajorCapability), driver.AttributeOf(device, MinorCapability));
        string name = driver.NameOf(device);
        string who = $"cuda:{number} ({name}, compute capability {capability})";
        string? problem = PtxTarget.For(capability) is not { } target ? $"{who} is too old: at least {PtxTarget.Oldest} is needed"
            : driver.Version < target.OldestDriver ? $"{who} needs a driver for CUDA {CudaDriver.TextOf(target.OldestDriver)}, '{driver.Path}' is for {CudaDriver.TextOf(driver.Version)}"
            : null;
        var processors = new GpuProcessors(
            driver.AttributeOf(device, MultiprocessorCount), driver.AttributeOf(device, ClockRate), driver.AttributeOf(device, MemoryClockRate), driver.AttributeOf(device, MemoryBusWidth));
        return new CudaGpu(number, name, capability, new Bytes((long)bytes), processors, problem) { Device = device };
    }
}

/// <summary>What a GPU computes with.</summary>
/// <param name="Count">Multiprocessors.</param>
/// <param name="Kilohertz">Their peak clock.</param>
/// <param name="MemoryKilohertz">The memory's peak clock; it moves data twice in a cycle.</param>
/// <param name="MemoryBits">Width of the memory's bus.</param>
public sealed record GpuProcessors(int Count, int Kilohertz, int MemoryKilohertz, int MemoryBits)
{
    /// <summary>Bytes of memory per microsecond at most.</summary>
    public double Bandwidth => 2.0 * MemoryKilohertz * (MemoryBits / 8) / 1e3;

    /// <summary>
    /// Float32 operations per microsecond at most, a multiply-add being two: 64 lanes in a multiprocessor of 7.x and 8.0, 128 since 8.6 (CUDA C++ Programming Guide, "Throughput of native
    /// arithmetic instructions").
    /// </summary>
    public double PeakFlops(Version capability) => 2.0 * (capability < new Version(8, 6) ? 64 : 128) * Count * (Kilohertz / 1e3);
}
