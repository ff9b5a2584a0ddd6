using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Tests.Cuda.Native;
using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>
/// CUDA devices on the mock driver, or on the driver that GRAPHPIPE_CUDA_DRIVER names: then what asks for the mock is skipped. One provider serves all tests, so that a kernel is compiled once.
/// </summary>
public sealed class CudaRuntimeFixture
{
    private readonly Lazy<CudaDeviceProvider> _provider = new(() => new CudaDeviceProvider(Path, MatrixProducts.OwnKernel));
    private readonly Lazy<CudaDeviceProvider> _cublas = new(() => new CudaDeviceProvider(Path));

    /// <summary>The driver.</summary>
    public static string Path => MockLibrary.OtherDriver ?? MockLibrary.Path;

    /// <summary>On a fresh mock driver of four GPUs, or on the one that is named; products on our own kernel.</summary>
    public CudaDeviceProvider Provider
    {
        get
        {
            Restart();
            return _provider.Value;
        }
    }

    /// <summary>As <see cref="Provider"/>, with products on cuBLAS.</summary>
    public CudaDeviceProvider Cublas
    {
        get
        {
            Restart();
            return _cublas.Value;
        }
    }

    /// <summary>Skips a test where the driver that is named has fewer GPUs.</summary>
    public void Need(int gpus) =>
        Assert.SkipWhen(MockLibrary.OtherDriver is not null && _provider.Value.Inspect().Count < gpus, $"needs {gpus} GPUs");

    /// <summary>What the mock has found; a GPU's driver reports nothing.</summary>
    public static string[] Reports() => MockLibrary.OtherDriver is null ? MockLibrary.Reports() : [];

    /// <summary>Runs one call as the only one of a stage.</summary>
    /// <param name="kernel">The op.</param>
    /// <param name="inputs">Operands; null for one that is left out.</param>
    /// <param name="outputs">Types and shapes of the results, e.g. <c>f32[2,3]</c>.</param>
    /// <param name="attributes">Of the call.</param>
    /// <param name="useCublas">Whether products run on cuBLAS.</param>
    /// <returns>What CUDA and what the CPU computes.</returns>
    public (TensorData[] Cuda, TensorData[] Cpu) Run(string kernel, TensorData?[] inputs, string[] outputs, Attributes? attributes = null, bool useCublas = false) => (
        KernelOnDevice.Run(useCublas ? Cublas : Provider, new DeviceName("cuda", 0), kernel, inputs, outputs, attributes),
        KernelOnDevice.Run(new CpuDeviceProvider(1), new DeviceName("cpu", 0), kernel, inputs, outputs, attributes));

    private static void Restart()
    {
        if (MockLibrary.OtherDriver is null)
            MockLibrary.Configure("");
    }
}
