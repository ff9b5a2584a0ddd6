using System.CommandLine;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Runtime.Cpu;
using GraphPipe.Runtime.Cuda;

namespace GraphPipe.Cli.Commands;

/// <summary><c>check MODEL</c>: everything that would stop a compile, in one list; nothing is written.</summary>
internal sealed class CheckVerb : Verb
{
    private readonly Argument<string> _model;
    private readonly ModelOptions _options;

    public CheckVerb()
        : base("check", "List everything that would stop a compile. Nothing is written.", "check model.onnx --loss mse", "check model.onnx --devices cpu:4 --micro-batches 8")
    {
        _model = Add(new Argument<string>("model") { HelpName = "MODEL", Description = "An .onnx file." });
        _options = new ModelOptions(Command);
    }

    public override int Run(Call call)
    {
        call.Subject = call.Get(_model);
        var model = ModelFile.Load(call.Subject);
        call.Document["compilable"] = false;
        var compiled = ModelCompiler.Compile(model, _options.Read(call, ModelHints.Of(model)));
        call.Tell(compiled.Diagnostics);
        var mesh = compiled.Bundle.Plan.Mesh;
        bool onCuda = mesh.Devices.Any(d => CudaDeviceProvider.GpuOf(d) is not null);
        var kernels = (onCuda ? new CudaDeviceProvider().Ops : new CpuDeviceProvider().Ops).ToHashSet(StringComparer.Ordinal);
        var missing = compiled.Bundle.Stages.SelectMany(s => s.Program.Functions).SelectMany(f => f.Calls).Where(c => !kernels.Contains(c.Kernel)).Select(c => c.Kernel).Distinct().Order(StringComparer.Ordinal).ToList();
        call.Tell(missing.Select(k => Diagnostic.Warning(
            Codes.KernelMissing,
            $"there is no {(onCuda ? "CUDA" : "CPU")} kernel for '{k}'",
            advice: onCuda ? "it compiles, but runs on CPU devices only" : "it compiles, but runs only where ONNX Runtime executes the op")));
        call.Document["compilable"] = true;
        call.Document["stages"] = compiled.Plan.Stages.Length;
        call.Document["data"] = WantedData.Json(compiled.Bundle);
        call.Document["missing_kernels"] = JsonParts.Texts(missing);
        call.Text.WriteLine($"{call.Subject}: nothing stops a compile ({StageChart.Stages(compiled.Plan.Stages.Length)})");
        call.Text.WriteLine("training data needs");
        WantedData.Write(call.Text, compiled.Bundle);
        return ExitCodes.Done;
    }
}
