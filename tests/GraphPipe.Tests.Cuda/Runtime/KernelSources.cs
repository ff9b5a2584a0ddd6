using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Runtime.Cuda.Compilation;
using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>Every kernel, with every element type: those that the cases launch, and a few calls that run as one.</summary>
internal static class KernelSources
{
    /// <param name="provider">On a fresh driver.</param>
    public static IReadOnlyCollection<KernelSource> All(CudaDeviceProvider provider)
    {
        foreach (var test in KernelCases.All)
            KernelOnDevice.Run(provider, new DeviceName("cuda", 0), test.Kernel, test.Inputs, test.Outputs, test.Attributes);
        foreach (var test in InPlaceCases.All)
            InPlaceOnDevice.Run(provider, new DeviceName("cuda", 0), test.Kernel, test.Operands, test.Attributes, test.Run);

        // The mean of products along rows, by a thread and by a group of threads.
        foreach (int columns in (int[])[7, 70])
        {
            var (program, weights) = ElementwisePrograms.Build([new("Mul", 0, 1, false), new("Rows", 2, 1, false)], isFused: true, 5, columns);
            ElementwisePrograms.Run(program, weights, provider, new DeviceName("cuda", 0));
        }

        return provider.Sources;
    }
}
