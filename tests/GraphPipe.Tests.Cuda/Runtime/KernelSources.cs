using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Runtime.Cuda.Compilation;
using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>Every kernel, with every element type: those that the cases launch.</summary>
internal static class KernelSources
{
    /// <param name="provider">On a fresh driver.</param>
    public static IReadOnlyCollection<KernelSource> All(CudaDeviceProvider provider)
    {
        foreach (var test in KernelCases.All)
            KernelOnDevice.Run(provider, new DeviceName("cuda", 0), test.Kernel, test.Inputs, test.Outputs, test.Attributes);
        foreach (var test in InPlaceCases.All)
            InPlaceOnDevice.Run(provider, new DeviceName("cuda", 0), test.Kernel, test.Operands, test.Attributes, test.Run);
        return provider.Sources;
    }
}
