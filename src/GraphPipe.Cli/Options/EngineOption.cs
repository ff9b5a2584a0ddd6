using System.CommandLine;
using GraphPipe.Bundle;

namespace GraphPipe.Cli;

/// <summary><c>--engine native|ort</c>: our kernels, or each stage's forward as one ONNX Runtime session.</summary>
internal sealed class EngineOption
{
    public EngineOption(Command command) => command.Add(Engine);

    public Option<string?> Engine { get; } = OptionKinds.Choice("--engine", "native (default): our kernels; ort: each stage's forward in ONNX Runtime.", "native", "ort");

    /// <exception cref="DiagnosticException">GP6001: this build has no such engine.</exception>
    public DeviceOptions Apply(Call call, DeviceOptions options) => call.Get(Engine) != "ort" ? options : throw new DiagnosticException(
        Diagnostic.Error(Codes.KernelMissing, "this build has no ONNX Runtime engine", advice: "leave --engine out: the native engine runs the same bundle"));
}
