using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Compilation;
using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>A GPU as the driver describes it.</summary>
/// <param name="Number">As in <c>cuda:1</c>.</param>
/// <param name="Name">The product.</param>
/// <param name="Capability">Compute capability.</param>
/// <param name="Memory">All of its memory.</param>
/// <param name="Problem">Why it can't be used; null if it can.</param>
public sealed record CudaGpu(int Number, string Name, Version Capability, Bytes Memory, string? Problem)
{
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
        return new CudaGpu(number, name, capability, new Bytes((long)bytes), problem) { Device = device };
    }
}
