using System.CommandLine;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using GraphPipe.Runtime.Cuda;

namespace GraphPipe.Cli;

/// <summary><c>--cuda-driver</c>, and what a choice of CUDA devices asks of the machine.</summary>
internal static class CudaInput
{
    private const string Name = "--cuda-driver";

    /// <summary>The option of a command, which several groups of options may ask for.</summary>
    public static Option<string?> OptionOf(Command command)
    {
        if (command.Options.FirstOrDefault(o => o.Name == Name) is Option<string?> known)
            return known;
        var option = OptionKinds.Text(Name, "PATH", "The CUDA driver's library. Default: the system's, libcuda.so.1.");
        command.Add(option);
        return option;
    }

    /// <summary><c>cuda:all</c> as the GPUs that the driver shows; other texts as they are.</summary>
    /// <exception cref="DiagnosticException">GP6008, GP6011: there is no driver to ask, or it shows no GPU.</exception>
    public static string Expand(string devices, string? driver)
    {
        if (devices != "cuda:all")
            return devices;
        using var provider = new CudaDeviceProvider(driver);
        int count = provider.Inspect().Count;
        return count > 0 ? $"cuda:{string.Join(',', Enumerable.Range(0, count))}" : throw CudaDeviceProvider.Missing(0, count);
    }

    /// <summary>The topology with what the driver says of its CUDA devices. Says at once, before a model is compiled for them, that they are not here.</summary>
    /// <exception cref="DiagnosticException">GP6008, GP6011.</exception>
    public static Topology Require(Topology topology, string? driver)
    {
        List<int> gpus = [.. topology.Devices.Select(CudaTopology.GpuOf).OfType<int>()];
        if (gpus.Count == 0)
            return topology;
        using var provider = new CudaDeviceProvider(driver);
        var here = provider.Inspect();
        foreach (int gpu in gpus)
        {
            if (gpu >= here.Count)
                throw CudaDeviceProvider.Missing(gpu, here.Count);
            if (here[gpu].Problem is { } problem)
                throw new DiagnosticException(Diagnostic.Error(Codes.CudaDriverUnusable, problem, advice: "use another GPU, or --devices cpu:4"));
        }

        return CudaTopology.Of(topology, here);
    }
}
