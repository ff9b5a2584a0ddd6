using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda;

namespace GraphPipe.Cli.Commands;

/// <summary><c>doctor</c>: which devices this machine has, and what is missing for those it has not.</summary>
internal sealed class DoctorVerb : Verb
{
    private readonly Option<string?> _cudaDriver;

    public DoctorVerb()
        : base("doctor", "Say which devices this machine has, and what is missing for others.", "doctor", "doctor --cuda-driver /usr/lib/libcuda.so.1") =>
        _cudaDriver = CudaInput.OptionOf(Command);

    public override int Run(Call call)
    {
        int cores = Environment.ProcessorCount;
        call.Document["cpu"] = new JsonObject { ["cores"] = cores };
        call.Text.WriteLine($"CPU devices: {cores} cores, --devices cpu:{Math.Min(4, cores)} gives each an equal share");
        var cuda = new JsonObject();
        call.Document["cuda"] = cuda;
        using var provider = new CudaDeviceProvider(call.Get(_cudaDriver));
        try
        {
            var gpus = provider.Inspect();
            var (version, path) = provider.Driver();
            cuda["driver"] = path;
            cuda["version"] = string.Create(CultureInfo.InvariantCulture, $"{version / 1000}.{version % 1000 / 10}");
            var products = gpus.ToDictionary(g => g.Number, g => ProductsOn(provider, g));
            cuda["gpus"] = JsonParts.List(gpus, g => new JsonObject
            {
                ["products"] = products[g.Number],
                ["name"] = g.Name,
                ["capability"] = g.Capability.ToString(),
                ["memory_bytes"] = g.Memory.Value,
                ["problem"] = g.Problem,
            });
            call.Text.WriteLine($"CUDA driver: {path}, for CUDA {cuda["version"]}");
            foreach (var gpu in gpus)
                call.Text.WriteLine($"  cuda:{gpu.Number}  {gpu.Name}, compute capability {gpu.Capability}, {gpu.Memory}{(gpu.Problem is null ? $"; products run on {products[gpu.Number]}" : $"; can't be used: {gpu.Problem}")}");
        }
        catch (DiagnosticException e)
        {
            // What a run would stop with is the answer here, not a failure.
            var problem = e.Diagnostics[0];
            cuda["problem"] = problem.Message;
            cuda["code"] = problem.Code;
            cuda["advice"] = problem.Advice;
            call.Text.WriteLine($"CUDA devices: none ({problem.Code}): {problem.Message}\n  {problem.Advice}");
        }

        return ExitCodes.Done;
    }

    // Asked of the GPU itself, which may be another program's or full.
    private static string? ProductsOn(CudaDeviceProvider provider, CudaGpu gpu)
    {
        if (gpu.Problem is not null)
            return null;
        try
        {
            return provider.ProductsOn(gpu.Number);
        }
        catch (DiagnosticException e)
        {
            return $"nothing now ({e.Diagnostics[0].Code}: {e.Diagnostics[0].Message})";
        }
    }
}
