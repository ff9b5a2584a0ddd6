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
        CudaDriver = CudaInput.OptionOf(command);
    }

    public Option<long?> Threads { get; } = OptionKinds.Whole("--threads", "N", "Threads of each CPU device. Default: the machine's cores shared out evenly.", most: 1024);

    public Option<double?> StallTimeout { get; } = OptionKinds.Number("--stall-timeout", "SECONDS", "A run ends when no device has finished an action or a kernel for so long. Default: 3, or eight times the slowest action so far; for a kernel's first run 4, and more where it has much work.");

    public Option<string?> Dispatch { get; } = DispatchInput.Option();

    public Option<string?> CudaDriver { get; }

    public DeviceOptions Read(Call call)
    {
        var options = new DeviceOptions { ThreadsPerDevice = (int?)call.Get(Threads), Dispatch = DispatchInput.Read(call, Dispatch), Cuda = new CudaDeviceProvider(call.Get(CudaDriver)) };
        return call.Get(StallTimeout) is not { } seconds ? options
            : seconds is > 0 and < 1e6 ? options with { StallTimeout = TimeSpan.FromSeconds(seconds) }
            : throw Usage.Error("--stall-timeout wants a positive number of seconds");
    }
}
