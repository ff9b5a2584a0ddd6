using System.CommandLine;
using GraphPipe.Runtime.Cuda;

namespace GraphPipe.Cli;

/// <summary>How a pipeline is run on this machine.</summary>
internal sealed class RunOptions
{
    public RunOptions(Command command)
    {
        command.Add(Threads);
        command.Add(StallTimeout);
        command.Add(Dispatch);
        command.Add(Products);
        CudaDriver = CudaInput.OptionOf(command);
    }

    public Option<long?> Threads { get; } = OptionKinds.Whole("--threads", "N", "Threads of each CPU device. Default: the machine's cores shared out evenly.", most: 1024);

    public Option<double?> StallTimeout { get; } = OptionKinds.Number("--stall-timeout", "SECONDS", "A run ends when no device has finished an action or a kernel for so long. Default: 3, or eight times the slowest action so far; for a kernel's first run 4, and more where it has much work.");

    public Option<string?> Dispatch { get; } = DispatchInput.Option();

    public Option<string?> Products { get; } = OptionKinds.Choice("--products", "What matrix products run on, on CUDA devices: cuBLAS in single precision (where none works, a kernel of ours), cuBLAS with operands rounded to TF32, or our own kernel. Default cublas.", "cublas", "tf32", "own");

    public Option<string?> CudaDriver { get; }

    public DeviceOptions Read(Call call)
    {
        var products = call.Get(Products) switch { "tf32" => MatrixProducts.CublasTf32, "own" => MatrixProducts.OwnKernel, _ => MatrixProducts.Cublas };
        var options = new DeviceOptions { ThreadsPerDevice = (int?)call.Get(Threads), Dispatch = DispatchInput.Read(call, Dispatch), Cuda = new CudaDeviceProvider(call.Get(CudaDriver), products) };
        return call.Get(StallTimeout) is not { } seconds ? options
            : seconds is > 0 and < 1e6 ? options with { StallTimeout = TimeSpan.FromSeconds(seconds) }
            : throw Usage.Error("--stall-timeout wants a positive number of seconds");
    }
}
